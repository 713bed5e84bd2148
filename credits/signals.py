"""
What a host may listen to. Sent after commit; a receiver that fails is logged, and the others run.

A crash between the commit and the signal loses the signal, never the credits: what must not be
missed is read from the ledger, or written down while the transaction is open, by `committing`.
"""

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.dispatch import Signal

# lot: the new Lot. Sent for grants and positive adjustments.
credits_granted = Signal()
# transaction, credits: a spend, or the HOLD of which that many were captured.
credits_spent = Signal()
# account, balance, threshold: the balance fell below CREDITS_LOW_BALANCE.
balance_low = Signal()
# lot, days: the lot expires within so many days, and has credits left.
credits_expiring = Signal()
# lot: it has expired, and `lot.expired` credits with it. Sent once it was swept.
credits_expired = Signal()

# of, values: one of the others but `credits_spent`, and what it will say after commit. Sent inside
# the transaction, for outboxes: a row that a receiver writes is there exactly if what it tells of
# is. What a receiver raises takes both back.
committing = Signal()


def announce(signal: Signal, sender: type, **values: Any) -> None:
    """Let outboxes write it down in the transaction that is open, and send it after commit."""
    committing.send(sender, of=signal, values=values)
    send(signal, sender, **values)


def one_transaction() -> AbstractContextManager[object]:
    """Let a verb that is one statement and what outboxes write of it stand or fall together."""
    if committing.receivers and connections[DEFAULT_DB_ALIAS].get_autocommit():
        return transaction.atomic()
    return nullcontext()


def send(signal: Signal, sender: type, **values: Any) -> None:
    """Send a signal once the transaction has committed, if anyone listens."""
    if signal.receivers and signal.has_listeners(sender):
        transaction.on_commit(partial(signal.send_robust, sender, **values), robust=True)
