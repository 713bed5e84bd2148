"""
What events say about money, and where it waits while no session of ours has claimed the payment.

Other shops may sell on the same account at Stripe: of their payments nothing is kept but the event.
Yet a refund or a dispute of ours may come before its session does, and names no purchase. So the
event waits for its PaymentIntent, and is noted in the transaction in which a session claims that,
or a charge that names a purchase of ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID

from django.utils import timezone

from billing import wording
from billing.models import Payment, Purchase, StripeEvent
from billing.settlement import facts, granting, settling
from billing.settlement.facts import PaymentName
from billing.settlement.settling import Outcome
from billing.stripe_gateway.objects import (
    Charge,
    DisputeObject,
    EarlyFraudWarning,
    RefundObject,
)


class Event(Protocol):
    """An event as it comes in, or its row."""

    @property
    def type(self) -> str: ...

    @property
    def livemode(self) -> bool: ...

    @property
    def created_at(self) -> datetime | None: ...

    @property
    def object(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class News:
    """A fact that still wants its payment, and what Stripe calls that payment."""

    fact: Callable[..., Any]
    of: PaymentName
    # The purchase that the payment's metadata names.
    purchase_uuid: str | None = None


Reader = Callable[[Event], News | None]


def charge(event: Event) -> News:
    read = Charge.read(event.object)
    return News(
        fact=partial(facts.note_charge, read),
        of=PaymentName(payment_intent_id=read.payment_intent_id, livemode=read.livemode),
        purchase_uuid=read.purchase_uuid,
    )


def refund(event: Event) -> News | None:
    """Nothing, for a refund of nothing."""
    read = RefundObject.read(event.object)
    if not read.amount:
        return None
    return News(fact=partial(facts.note_refund, read), of=_payment_of(read, event))


def dispute(event: Event) -> News:
    read = DisputeObject.read(event.object, as_of=event.created_at or timezone.now())
    return News(fact=partial(facts.note_dispute, read), of=_payment_of(read, event))


def fraud_warning(event: Event) -> News:
    read = EarlyFraudWarning.read(event.object)
    fact = partial(facts.note_fraud_warning, at=event.created_at or timezone.now())
    return News(fact=fact, of=_payment_of(read, event))


READERS: Final[Mapping[str, Reader]] = {
    "charge.succeeded": charge,
    "charge.updated": charge,
    "charge.refunded": charge,
    "refund.created": refund,
    "refund.updated": refund,
    "refund.failed": refund,
    "charge.refund.updated": refund,
    "charge.dispute.created": dispute,
    "charge.dispute.updated": dispute,
    "charge.dispute.closed": dispute,
    "charge.dispute.funds_withdrawn": dispute,
    "charge.dispute.funds_reinstated": dispute,
    "radar.early_fraud_warning.created": fraud_warning,
}


def note(event: Event) -> Outcome:
    """Note what an event says of a payment of ours, or let it wait until a session claims that."""
    news = READERS[event.type](event)
    if news is None:
        return Outcome.ignored(wording.code("refund_of_nothing"))
    payment = facts.lock_payment(news.of)
    if payment is None:
        return Outcome.ignored(wording.code("not_from_checkout"))
    purchase = _purchase_of(news) if payment.is_new else None
    if payment.is_new and purchase is None:
        facts.let_go(payment)
        return Outcome.waiting(payment.stripe_payment_intent_id)
    _row, outcome = settling.note_locked(news.fact, payment=payment)
    if purchase and purchase.has_news:
        note_waiting(payment)
    return outcome


def note_waiting(payment: Payment) -> None:
    """Note all that was said of a payment before a session claimed it; its lock is the caller's."""
    for row in StripeEvent.objects.filter(
        waits_for=payment.stripe_payment_intent_id, livemode=payment.livemode
    ).order_by("id"):
        news = READERS[row.type](row)
        if news is not None:
            _row, outcome = settling.note_locked(news.fact, payment=payment)
            row.state, row.error = outcome.state, outcome.reason
        row.payment, row.waits_for = payment, ""
        row.save(update_fields=["state", "error", "payment", "waits_for"])


def _purchase_of(news: News) -> Purchase | None:
    try:
        uuid = UUID(news.purchase_uuid or "")
    except ValueError:
        return None
    return granting.lock(uuid=uuid, payment_intent_id=news.of.payment_intent_id)


def _payment_of(
    snapshot: RefundObject | DisputeObject | EarlyFraudWarning, event: Event
) -> PaymentName:
    return PaymentName(
        payment_intent_id=snapshot.payment_intent_id,
        charge_id=snapshot.charge_id,
        livemode=event.livemode,
    )
