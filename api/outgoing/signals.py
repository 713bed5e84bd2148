"""For whoever runs the jobs: deliveries wait, and need not wait for the next minute."""

from django.dispatch import Signal

# Sent after commit, when something new waits to be delivered.
waiting = Signal()
