"""
What each type of event does: one table, and a verb a line.

A handler is idempotent, free of order and all-or-nothing. It runs in the inbox's transaction and
calls nobody outside.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from django.utils import timezone

from billing import catalog, fulfilment, invoices, wording
from billing.models import Purchase, StripeEvent
from billing.settlement import money
from billing.settlement.settling import Outcome
from billing.stripe_gateway.objects import (
    CardMethod,
    CheckoutSession,
    InvoiceObject,
    MalformedObject,
    PaymentIntent,
    find_id,
)
from billing.topups import cards, fulfilling, rules
from billing.webhooks.reading import IncomingEvent

log = logging.getLogger(__name__)

Handler = Callable[[IncomingEvent], Outcome]


def handle(event: IncomingEvent) -> Outcome:
    """Do what an event asks for, or say why it is not done."""
    if event.payload.get("object") == StripeEvent.THIN:
        log.warning("thin_event_ignored", extra={"stripe_event": event.id, "type": event.type})
        return Outcome.ignored(wording.code("thin_event"))
    handler = HANDLERS.get(event.type)
    if handler is None:
        return Outcome.ignored(wording.code("unused_type"))
    try:
        return handler(event)
    except MalformedObject as error:
        return Outcome.quarantined(wording.code("malformed", message=error))


def session_completed(event: IncomingEvent) -> Outcome:
    session = CheckoutSession.read(event.object)
    return cards.note_session(session) if session.saves_card else fulfilment.fulfil(session)


def session_expired(event: IncomingEvent) -> Outcome:
    session = CheckoutSession.read(event.object)
    if session.saves_card:
        return cards.note_session(session)
    return fulfilment.close(session, status=Purchase.Status.EXPIRED)


def session_payment_failed(event: IncomingEvent) -> Outcome:
    return fulfilment.close(
        CheckoutSession.read(event.object),
        status=Purchase.Status.FAILED,
        problem=wording.code("bank_did_not_pay"),
    )


def invoice(event: IncomingEvent) -> Outcome:
    return invoices.note(InvoiceObject.read(event.object))


def payment_succeeded(event: IncomingEvent) -> Outcome:
    """Grant what a saved card was charged for; of other payments their session tells."""
    return fulfilling.fulfil(PaymentIntent.read(event.object))


def disputed(event: IncomingEvent) -> Outcome:
    """Note a dispute, and charge nothing more by itself where it is of such a charge."""
    outcome = money.note(event)
    if outcome.payment is not None:
        rules.note_dispute(outcome.payment)
    return outcome


def card_detached(event: IncomingEvent) -> Outcome:
    return _of_card(cards.note_detached(find_id(event.object, "id")))


def card_changed(event: IncomingEvent) -> Outcome:
    if event.object.get("type") != "card":
        return _of_card(0)
    return _of_card(cards.note_changed(CardMethod.read(event.object)))


def customer_deleted(event: IncomingEvent) -> Outcome:
    return _of_card(cards.note_customer_deleted(find_id(event.object, "id")))


def _of_card(rows: int) -> Outcome:
    return Outcome.processed() if rows else Outcome.ignored(wording.code("not_our_card"))


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


HANDLERS: Final[Mapping[str, Handler]] = {
    "checkout.session.completed": session_completed,
    "checkout.session.async_payment_succeeded": session_completed,
    "checkout.session.async_payment_failed": session_payment_failed,
    "checkout.session.expired": session_expired,
    **dict.fromkeys(money.READERS, money.note),
    "invoice.finalized": invoice,
    "invoice.paid": invoice,
    "invoice.voided": invoice,
    "charge.dispute.created": disputed,
    "payment_intent.succeeded": payment_succeeded,
    "payment_method.detached": card_detached,
    "payment_method.updated": card_changed,
    "payment_method.automatically_updated": card_changed,
    "customer.deleted": customer_deleted,
    "product.updated": catalog_changed,
    "product.deleted": catalog_changed,
    "price.updated": catalog_changed,
    "price.deleted": catalog_changed,
}
