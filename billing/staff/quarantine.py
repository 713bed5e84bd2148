"""
The queue of events that were set aside or that failed: a person decides, once.

A quarantined event is resolved as a grant, a refund or a dismissal, with a reason; who, when and
why stay on its row. Of two people who decide at once, the first one's decision stands. Stripe is
asked before a lock is taken, and money is reserved under the lock before Stripe is asked for it.
"""

import logging
from functools import partial
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from billing import fulfilment, refunds, stripe_gateway, wording
from billing.models import Payment, Purchase, Refund, StripeEvent
from billing.privacy.redaction import MARK
from billing.settlement import facts, session_rules, settling
from billing.settlement.facts import PaymentName
from billing.settlement.session_case import Broken, Case
from billing.stripe_gateway.objects import CheckoutSession, find_id
from billing.users import Staff, permissions
from billing.webhooks import inbox
from billing.webhooks.reading import event_of

log = logging.getLogger(__name__)

Resolution = StripeEvent.Resolution


class QuarantineError(Exception):
    """Nothing was decided. No credits and no money moved."""


class AlreadyResolved(QuarantineError):
    """Somebody was first, or there was nothing to decide. `event` is as it stands now."""

    def __init__(self, event: StripeEvent) -> None:
        super().__init__(f"{event} is {event.state}.")
        self.event = event


class NotGrantable(QuarantineError):
    """The credits cannot be granted; the message says why."""


class NotRefundable(QuarantineError):
    """There is no money to send back; the message says why."""


class NotReplayable(QuarantineError):
    """Only what failed, and is still known in full, can be tried again."""


class ReasonMissing(QuarantineError):
    """A decision needs a reason."""


def session_of(event: StripeEvent) -> CheckoutSession | None:
    """
    Ask Stripe for the Checkout Session that an event tells of, as it is now.

    :raises GatewayError: if Stripe does not tell
    """
    if not event.type.startswith("checkout.session."):
        return None
    session_id = find_id(event.object, "id")
    return stripe_gateway.retrieve_checkout_session(session_id) if session_id else None


def differences(session: CheckoutSession, purchase: Purchase) -> list[Broken]:
    """List where a session, as Stripe shows it now, and its purchase do not agree."""
    return list(session_rules.differences(Case.of(session, purchase)))


def why_not_grantable(session: CheckoutSession, purchase: Purchase) -> str:
    """Say why nobody may grant the credits of a purchase for this session, or nothing."""
    return fulfilment.why_not(Case.of(session, purchase))


def payment_of(event: StripeEvent) -> Payment | None:
    """
    Find the payment that an event names itself; its purchase may have been paid by another.

    :returns: None where it names none, or one that is not known here
    """
    if named := find_id(event.object, "payment_intent"):
        return Payment.objects.filter(stripe_payment_intent_id=named).first()
    return event.payment


def grant(*, event: StripeEvent, reason: str, by: Staff) -> Purchase:
    """
    Grant the credits of the purchase that an event tells of, where Stripe says it is paid.

    :raises PermissionDenied: if this person may not decide
    :raises GatewayError: if Stripe does not tell whether it is paid
    :raises NotGrantable: if it is not, or the credits were granted before
    :raises AlreadyResolved: if somebody was first
    """
    _allow(by, reason)
    session = session_of(event)
    if session is None:
        raise NotGrantable("This event tells of no Checkout Session.")
    with transaction.atomic():
        locked = _lock(event)
        try:
            purchase = fulfilment.fulfil_anyway(session, by=by)
        except fulfilment.CannotGrant as error:
            raise NotGrantable(str(error)) from error
        locked.purchase, locked.payment = purchase, purchase.payment
        _resolve(locked, Resolution.GRANT, reason=reason, by=by)
    return purchase


def refund(*, event: StripeEvent, reason: str, by: Staff) -> Refund:
    """
    Send back all that is left of the payment that an event names.

    Where Stripe refuses, the answer's status is failed and the event waits for staff again.

    :raises PermissionDenied: if this person may not decide, or may not refund
    :raises GatewayError: if Stripe does not tell what was paid; nothing was sent then
    :raises NotRefundable: if it names no payment, or all of its money has gone back
    :raises AlreadyResolved: if somebody was first
    """
    _allow(by, reason)
    permissions.require(by, permissions.ISSUE_REFUND)
    session = session_of(event)
    with transaction.atomic():
        locked = _lock(event)
        payment = _payment_to_refund(locked, session)
        try:
            reserved = refunds.reserve(
                payment=payment,
                unit_amount=refunds.refundable_of(payment),
                reason=reason,
                requested_by=by,
                nonce=uuid4(),
            )
        except refunds.RefundError as error:
            raise NotRefundable(str(error)) from error
        locked.payment = payment
        _resolve(locked, Resolution.REFUND, reason=reason, by=by)
    sent = refunds.submit(reserved)
    if sent.status == Refund.Status.FAILED:
        _reopen(event)
    return sent


def dismiss(*, event: StripeEvent, reason: str, by: Staff) -> StripeEvent:
    """
    Decide that nothing is to be done.

    :raises PermissionDenied: if this person may not decide
    :raises AlreadyResolved: if somebody was first
    """
    _allow(by, reason)
    with transaction.atomic():
        return _resolve(_lock(event), Resolution.DISMISS, reason=reason, by=by)


def replay(*, event: StripeEvent, by: Staff) -> StripeEvent.State:
    """
    Try a failed event again, as if Stripe had delivered it once more.

    :raises PermissionDenied: if this person may not decide
    :raises NotReplayable: if it did not fail, or its payload was taken out
    :raises Exception: whatever the handler raises; nothing but the event's row changes then
    """
    permissions.require(by, permissions.RESOLVE_EVENT)
    event = StripeEvent.objects.get(pk=event.pk)
    if event.state != StripeEvent.State.FAILED:
        raise NotReplayable(f"It is {event.state}.")
    if MARK in event.payload:
        raise NotReplayable("What it said is not kept any more.")
    log.info("event_replayed", extra={"stripe_event": event.stripe_event_id, "by": str(by.pk)})
    return inbox.receive(event_of(event.payload))


def _allow(by: Staff, reason: str) -> None:
    permissions.require(by, permissions.RESOLVE_EVENT)
    if not reason.strip():
        raise ReasonMissing("A decision needs a reason.")


def _lock(event: StripeEvent) -> StripeEvent:
    locked = StripeEvent.objects.select_for_update().get(pk=event.pk)
    if locked.state != StripeEvent.State.QUARANTINED:
        raise AlreadyResolved(locked)
    return locked


def _payment_to_refund(event: StripeEvent, session: CheckoutSession | None) -> Payment:
    """Lock the payment that an event names, knowing what Stripe says was paid."""
    if session and session.is_paid and session.payment_intent_id:
        of = PaymentName(payment_intent_id=session.payment_intent_id, livemode=session.livemode)
        fact = partial(facts.note_received, facts.received_by(session))
        payment, outcome = settling.note(fact, of=of)
        if payment is None:
            raise NotRefundable(wording.say(outcome.reason))
        return payment
    named = payment_of(event)
    if named is None:
        raise NotRefundable("This event names no payment.")
    return Payment.objects.select_for_update().get(pk=named.pk)


def _resolve(
    event: StripeEvent, resolution: StripeEvent.Resolution, *, reason: str, by: Staff
) -> StripeEvent:
    event.state = StripeEvent.State.RESOLVED
    event.resolution = resolution
    event.resolution_note = reason
    event.resolved_at = timezone.now()
    event.resolved_by_id = by.pk
    event.save()
    log.info(
        "event_resolved",
        extra={
            "stripe_event": event.stripe_event_id,
            "by": str(by.pk),
            "resolution": str(resolution),
        },
    )
    return event


@transaction.atomic
def _reopen(event: StripeEvent) -> None:
    """Let staff decide anew: the refund that was decided on was refused."""
    StripeEvent.objects.filter(
        pk=event.pk, state=StripeEvent.State.RESOLVED, resolution=Resolution.REFUND
    ).update(
        state=StripeEvent.State.QUARANTINED,
        resolution="",
        resolution_note="",
        resolved_at=None,
        resolved_by=None,
    )
