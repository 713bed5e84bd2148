"""
What hosts are told of a payment's refunds and disputes: which signals a fact is news for.

Nobody is told of a payment before its purchase is paid. Then all is told that is known by then.
"""

from typing import Final

from django.dispatch import Signal

from billing import signals
from billing.models import Dispute, Payment, Refund
from credits.signals import announce, committing

OF_MONEY_BACK: Final = (signals.refund_settled, signals.dispute_opened, signals.dispute_closed)


def of_refund(refund: Refund, *, before: str | None = None) -> tuple[Signal, ...]:
    """List what a refund's status is news for; `before` is the one that was known."""
    return (signals.refund_settled,) if refund.is_settled and refund.status != before else ()


def of_dispute(dispute: Dispute, *, before: Dispute.Status | None = None) -> tuple[Signal, ...]:
    """List what a dispute's state is news for; `before` is the one that was known."""
    now = dispute.state
    has_begun = before is None or (
        before.is_inquiry and not now.is_inquiry and now != Dispute.Status.PREVENTED
    )
    is_over = now.is_decided and now != before
    opened = (signals.dispute_opened,) if has_begun else ()
    closed = (signals.dispute_closed,) if is_over else ()
    return (*opened, *closed)


def tell(row: object) -> None:
    """Announce what a fact has made of a refund or a dispute; other rows have no news."""
    if isinstance(row, Refund):
        for signal in row.news:
            announce(signal, Refund, refund=row)
    elif isinstance(row, Dispute):
        for signal in row.news:
            announce(signal, Dispute, dispute=row)


def tell_all(payment: Payment) -> None:
    """Announce what was known of a payment when its purchase became paid."""
    if not (committing.receivers or any(signal.receivers for signal in OF_MONEY_BACK)):
        return
    for refund in payment.refunds.order_by("pk"):
        refund.news = of_refund(refund)
        tell(refund)
    for dispute in payment.disputes.order_by("pk"):
        dispute.news = of_dispute(dispute)
        tell(dispute)
