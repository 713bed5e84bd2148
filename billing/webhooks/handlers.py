"""
What each type of event does: one table, and a verb a line.

A handler is idempotent, free of order and all-or-nothing. It runs in the inbox's transaction and
calls nobody outside.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from django.utils import timezone

from billing import catalog, fulfilment
from billing.models import Purchase, StripeEvent
from billing.settlement import facts, settling
from billing.settlement.facts import PaymentName
from billing.settlement.settling import Outcome
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
    if event.payload.get("object") == StripeEvent.THIN:
        log.warning("thin_event_ignored", extra={"stripe_event": event.id, "type": event.type})
        return Outcome.ignored("A thin event: it does not say what has become of its object.")
    handler = HANDLERS.get(event.type)
    if handler is None:
        return Outcome.ignored("Nothing here depends on this type of event.")
    try:
        return handler(event)
    except MalformedObject as error:
        return Outcome.quarantined(f"Not as Stripe documents it: {error}.")


def session_completed(event: IncomingEvent) -> Outcome:
    return fulfilment.fulfil(CheckoutSession.read(event.object))


def session_expired(event: IncomingEvent) -> Outcome:
    return fulfilment.close(CheckoutSession.read(event.object), status=Purchase.Status.EXPIRED)


def session_payment_failed(event: IncomingEvent) -> Outcome:
    return fulfilment.close(
        CheckoutSession.read(event.object),
        status=Purchase.Status.FAILED,
        problem="The bank did not pay.",
    )


def charge_changed(event: IncomingEvent) -> Outcome:
    charge = Charge.read(event.object)
    of = PaymentName(payment_intent_id=charge.payment_intent_id, livemode=charge.livemode)
    return _note(partial(facts.note_charge, charge), of=of)


def refund_changed(event: IncomingEvent) -> Outcome:
    refund = RefundObject.read(event.object)
    if not refund.amount:
        return Outcome.ignored("A refund of nothing.")
    return _note(partial(facts.note_refund, refund), of=_payment_of(refund, event))


def dispute_changed(event: IncomingEvent) -> Outcome:
    dispute = DisputeObject.read(event.object, as_of=event.created_at or timezone.now())
    return _note(partial(facts.note_dispute, dispute), of=_payment_of(dispute, event))


def fraud_warned(event: IncomingEvent) -> Outcome:
    warning = EarlyFraudWarning.read(event.object)
    fact = partial(facts.note_fraud_warning, at=event.created_at or timezone.now())
    return _note(fact, of=_payment_of(warning, event))


def catalog_changed(event: IncomingEvent) -> Outcome:
    """Note whether a price or product of ours can be bought: a deleted one says active still."""
    stripe_id, is_active = event.object.get("id"), event.object.get("active")
    was_deleted = event.type.endswith(".deleted")
    if isinstance(stripe_id, str) and (was_deleted or isinstance(is_active, bool)):
        catalog.note_news(
            stripe_id,
            is_active=bool(is_active),
            was_deleted=was_deleted,
            at=event.created_at or timezone.now(),
        )
    return Outcome.processed()


def _note(fact: Callable[..., Any], *, of: PaymentName) -> Outcome:
    _row, outcome = settling.note(fact, of=of)
    return outcome


def _payment_of(
    snapshot: RefundObject | DisputeObject | EarlyFraudWarning, event: IncomingEvent
) -> PaymentName:
    return PaymentName(
        payment_intent_id=snapshot.payment_intent_id,
        charge_id=snapshot.charge_id,
        livemode=event.livemode,
    )


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
