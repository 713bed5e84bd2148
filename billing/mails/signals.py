"""For whoever runs the jobs: a message waits that somebody is waiting for."""

from django.dispatch import Signal

# Sent when a message was stored, in the same transaction: it may be sent once that is committed.
queued = Signal()
