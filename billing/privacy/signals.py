"""
What else forgets when a person or a payload is forgotten: apps and hosts with tables of their own.

A receiver does its part and returns what it changed, as rows by kind, or None.
"""

from collections import Counter
from typing import Any, cast

from django.dispatch import Signal

# A person is being erased: `user`, `customer_ids` and `payment_intent_ids` at Stripe. Sent in the
# transaction, so what a receiver raises undoes everything; a dry run rolls it back.
erasing = Signal()
# Payloads from before a datetime are being reduced: `before`, and `dry_run`: then only count.
pruning = Signal()


def send(signal: Signal, **values: Any) -> dict[str, int]:
    """Send one of these, and collect what its receivers changed."""
    changed: Counter[str] = Counter()
    for _receiver, rows in signal.send(sender=None, **values):
        changed.update(cast("dict[str, int]", rows or {}))
    return dict(changed)
