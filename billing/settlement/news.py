"""
Who is told what: hosts by the signals that a fact is news for, the holder of the account by mail.

Nobody is told of a payment's refunds and disputes before its purchase is paid. Then all is told
that is known by then. Mails wait in the outbox from the transaction of their fact on.
"""

import json
from typing import Any, Final

from django.dispatch import Signal
from django.utils import timezone

from billing import prepared, signals
from billing.models import Dispute, OutgoingMail, Payment, Purchase, Refund
from credits import signals as ledger_signals

Kind = OutgoingMail.Kind

QUEUE: Final = """
    INSERT INTO billing_outgoingmail
        (kind, account_id, key, ids, status, created_at, due_at, attempts, last_error)
    VALUES (%s, %s, %s, %s::jsonb, 'waiting', %s, %s, 0, '')
    ON CONFLICT (key) DO NOTHING
"""


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


def tell(row: object, *, purchase: Purchase) -> None:
    """Announce what a fact has made of a refund or a dispute; other rows have no news."""
    if isinstance(row, Refund):
        for signal in row.news:
            announce(signal, purchase=purchase, refund=row)
    elif isinstance(row, Dispute):
        for signal in row.news:
            announce(signal, purchase=purchase, dispute=row)


def tell_all(payment: Payment, *, purchase: Purchase) -> None:
    """Announce what was known of a payment when its purchase became paid."""
    for refund in payment.refunds.order_by("pk"):
        refund.news = of_refund(refund)
        tell(refund, purchase=purchase)
    for dispute in payment.disputes.order_by("pk"):
        dispute.news = of_dispute(dispute)
        tell(dispute, purchase=purchase)


def announce(signal: Signal, *, purchase: Purchase, **values: Any) -> None:
    """
    Tell hosts by a signal, after commit, and the holder by mail, where it is for them.

    :param values: the refund or dispute that it is about; none where it is the purchase
    """
    about = values or {"purchase": purchase}
    [(name, row)] = about.items()
    for kind, fact in _mails(signal, row):
        queue_mail(kind, account_id=purchase.account_id, fact=fact, **{name: row.pk})
    ledger_signals.announce(signal, type(row), **about)


def queue_mail(kind: OutgoingMail.Kind, *, account_id: int, fact: object, **ids: int) -> None:
    """
    Put a mail into the outbox, in the transaction of what it tells of; once for each fact.

    :param fact: what tells it from others of its kind, such as the key of a row
    :param ids: what its writer reads: `billing.mails.contents`
    """
    now = timezone.now()
    prepared.rows(QUEUE, [kind.value, account_id, f"{kind}:{fact}", json.dumps(ids), now, now])


def _mails(signal: Signal, row: Any) -> list[tuple[OutgoingMail.Kind, object]]:
    """List the mails that a signal is a reason for. Inquiries take nothing from anybody."""
    if signal is signals.purchase_paid:
        # What no session paid for is a top-up: a mail of its own says so.
        return [(Kind.CREDITS_ARRIVED, row.pk)] if row.stripe_session_id else []
    if signal is signals.purchase_failed:
        return [(Kind.PAYMENT_FAILED, row.pk)]
    if signal is signals.refund_settled:
        return [(Kind.REFUND_FAILED if row.has_failed else Kind.PAYMENT_REFUNDED, row.pk)]
    if signal is signals.dispute_opened and not row.state.is_inquiry:
        return [(Kind.PAYMENT_DISPUTED, row.pk)]
    if signal is signals.dispute_closed and row.state in {Dispute.Status.WON, Dispute.Status.LOST}:
        return [(Kind.DISPUTE_CLOSED, f"{row.pk}:{row.state}")]
    return []
