"""
What a host may listen to. Sent after commit; a receiver that fails is logged, and the others run.

A crash between the commit and the signal loses the signal, never the credits: what must not be
missed is read from the ledger.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

# lot: the new Lot. Sent for grants and positive adjustments.
credits_granted = Signal()
# transaction, credits: a spend, or the HOLD of which that many were captured.
credits_spent = Signal()
# account, balance, threshold: the balance fell below CREDITS_LOW_BALANCE.
balance_low = Signal()
# lot, days: the lot expires within so many days, and has credits left.
credits_expiring = Signal()


def send(signal: Signal, sender: type, **values: Any) -> None:
    """Send a signal once the transaction has committed, if anyone listens."""
    if signal.receivers and signal.has_listeners(sender):
        transaction.on_commit(partial(signal.send_robust, sender, **values), robust=True)
