"""
What else forgets when a person or a payload is forgotten: apps and hosts with tables of their own.

A receiver does its part and returns what it changed, as rows by kind, or None.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.dispatch import Signal

# A person is being erased: `user`, `customer_ids` and `payment_intent_ids` at Stripe. Sent in the
# transaction, so what a receiver raises undoes everything; a dry run rolls it back.
erasing = Signal()
# A person asks for what is kept of them: `user`. A receiver returns rows by name, each row a dict.
downloading = Signal()
# Payloads from before a datetime are being reduced: `before`, and `dry_run`: then only count.
pruning = Signal()


def rows_of(user: Any) -> dict[str, Iterable[Mapping[str, Any]]]:
    """Collect what other apps and the host keep of a person, read when it is written."""
    rows: dict[str, Iterable[Mapping[str, Any]]] = {}
    for _receiver, theirs in downloading.send(sender=None, user=user):
        rows.update(cast("dict[str, Iterable[Mapping[str, Any]]]", theirs or {}))
    return rows


def send(signal: Signal, **values: Any) -> dict[str, int]:
    """Send one of these, and collect what its receivers changed."""
    changed: Counter[str] = Counter()
    for _receiver, rows in signal.send(sender=None, **values):
        changed.update(cast("dict[str, int]", rows or {}))
    return dict(changed)
