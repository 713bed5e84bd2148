"""Who else has something to say when the doctor examines: apps with tables of their own."""

from django.dispatch import Signal

# The doctor looks at this database. A receiver returns its findings, an iterable of
# `Finding`, or None.
examining = Signal()
