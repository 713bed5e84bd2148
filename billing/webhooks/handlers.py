"""
What each type of event does: one table, and a verb a line.

A handler is idempotent, free of order and all-or-nothing. It runs in the inbox's transaction and
calls nobody outside.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from django.db.models import Q
from django.utils import timezone

from billing import fulfilment
from billing.models import Payment, PlanPrice, Purchase
from billing.settlement import facts, settling
from billing.settlement.outcomes import Outcome
from billing.stripe_gateway.objects import (
    Charge,
    CheckoutSession,
    DisputeObject,
    EarlyFraudWarning,
    MalformedObject,
    RefundObject,
)
from billing.webhooks.reading import IncomingEvent

log = logging.getLogger(__name__)

Handler = Callable[[IncomingEvent], Outcome]


def handle(event: IncomingEvent) -> Outcome:
    """Do what an event asks for, or say why it is not done."""
    handler = HANDLERS.get(event.type)
    if handler is None:
        return Outcome.ignored("Nothing here depends on this type of event.")
    try:
        return handler(event)
    except MalformedObject as error:
        return Outcome.quarantined(f"Not as Stripe documents it: {error}.")


def session_completed(event: IncomingEvent) -> Outcome:
    return fulfilment.fulfil(CheckoutSession.read(event.data))


def session_expired(event: IncomingEvent) -> Outcome:
    return fulfilment.close(CheckoutSession.read(event.data), status=Purchase.Status.EXPIRED)


def session_payment_failed(event: IncomingEvent) -> Outcome:
    return fulfilment.close(
        CheckoutSession.read(event.data),
        status=Purchase.Status.FAILED,
        problem="The bank did not pay.",
    )


def charge_changed(event: IncomingEvent) -> Outcome:
    charge = Charge.read(event.data)
    if charge.payment_intent_id is None:
        return Outcome.ignored("A charge without a PaymentIntent is not from Checkout.")
    try:
        payment = facts.note_charge(charge, payment_intent_id=charge.payment_intent_id)
    except facts.FactConflict as conflict:
        return Outcome.quarantined(str(conflict))
    return settling.settle(payment)


def refund_changed(event: IncomingEvent) -> Outcome:
    snapshot = RefundObject.read(event.data)
    payment = _payment_of(snapshot.payment_intent_id, snapshot.charge_id, livemode=event.livemode)
    if payment is None:
        return Outcome.ignored("A refund of a payment that is not from Checkout.")
    if not snapshot.amount:
        return Outcome.ignored("A refund of nothing.")
    try:
        facts.note_refund(snapshot, payment=payment)
    except facts.FactConflict as conflict:
        return Outcome.quarantined(str(conflict), payment=payment)
    return settling.settle(payment)


def dispute_changed(event: IncomingEvent) -> Outcome:
    snapshot = DisputeObject.read(event.data, as_of=event.created_at or timezone.now())
    payment = _payment_of(snapshot.payment_intent_id, snapshot.charge_id, livemode=event.livemode)
    if payment is None:
        return Outcome.ignored("A dispute of a payment that is not from Checkout.")
    try:
        facts.note_dispute(snapshot, payment=payment)
    except facts.FactConflict as conflict:
        return Outcome.quarantined(str(conflict), payment=payment)
    return settling.settle(payment)


def fraud_warned(event: IncomingEvent) -> Outcome:
    snapshot = EarlyFraudWarning.read(event.data)
    payment = _payment_of(snapshot.payment_intent_id, snapshot.charge_id, livemode=event.livemode)
    if payment is None:
        return Outcome.ignored("A warning about a payment that is not from Checkout.")
    facts.note_fraud_warning(payment, at=event.created_at or timezone.now())
    return Outcome.processed(payment=payment)


def catalog_changed(event: IncomingEvent) -> Outcome:
    """Tell staff when a price or product of ours went off sale at Stripe: buying fails then."""
    stripe_id = event.data.get("id")
    if event.data.get("active") is False and isinstance(stripe_id, str):
        ours = PlanPrice.objects.filter(
            Q(stripe_price_id=stripe_id) | Q(stripe_product_id=stripe_id)
        )
        for price in ours.filter(is_active=True):
            price.problem = f"{stripe_id} was archived at Stripe: nobody can buy this plan."
            price.save(update_fields=["problem"])
            log.warning(
                "published_price_archived", extra={"price": price.pk, "stripe_id": stripe_id}
            )
    return Outcome.processed()


def _payment_of(
    payment_intent_id: str | None, charge_id: str | None, *, livemode: bool
) -> Payment | None:
    """Lock the payment that an object names, opening its row if this is the first to name it."""
    if payment_intent_id:
        return facts.lock_payment(payment_intent_id=payment_intent_id, livemode=livemode)
    if charge_id:
        return Payment.objects.select_for_update().filter(stripe_charge_id=charge_id).first()
    return None


HANDLERS: Final[Mapping[str, Handler]] = {
    "checkout.session.completed": session_completed,
    "checkout.session.async_payment_succeeded": session_completed,
    "checkout.session.async_payment_failed": session_payment_failed,
    "checkout.session.expired": session_expired,
    "charge.succeeded": charge_changed,
    "charge.updated": charge_changed,
    "charge.refunded": charge_changed,
    "refund.created": refund_changed,
    "refund.updated": refund_changed,
    "refund.failed": refund_changed,
    "charge.refund.updated": refund_changed,
    "charge.dispute.created": dispute_changed,
    "charge.dispute.updated": dispute_changed,
    "charge.dispute.closed": dispute_changed,
    "charge.dispute.funds_withdrawn": dispute_changed,
    "charge.dispute.funds_reinstated": dispute_changed,
    "radar.early_fraud_warning.created": fraud_warned,
    "product.updated": catalog_changed,
    "product.deleted": catalog_changed,
    "price.updated": catalog_changed,
    "price.deleted": catalog_changed,
}
