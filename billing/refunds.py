"""
Refunds that staff ask for: reserved here first, then sent to Stripe.

The Refund is committed as requested before the call, so that its credits can no longer be spent
and nobody refunds the same money twice. Stripe's refusal releases the reservation; an answer that
never came leaves it requested until an event, or `resolve`, tells what happened.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone

from billing import stripe_gateway, wording
from billing.models import Dispute, Payment, Purchase, Refund
from billing.settlement import facts, settling
from billing.settlement.entitlement import Movements, clawback_target
from billing.stripe_gateway.objects import RefundObject
from billing.users import Staff, permissions

log = logging.getLogger(__name__)

# Stripe answers a known key with its first answer for at least a day.
LOOK_FIRST_AFTER = timedelta(hours=1)


class RefundError(Exception):
    """A refund was not made. No money moved."""


class NothingToRefund(RefundError):
    """The purchase was never paid, or all of its money has gone back."""


class PaymentDisputed(RefundError):
    """
    A bank holds the money, or has given it back: Stripe refunds nothing of such a charge.

    https://docs.stripe.com/api/disputes/object#dispute_object-is_charge_refundable
    """

    def __init__(self, dispute: Dispute) -> None:
        super().__init__(f"{dispute} holds the money.")
        self.dispute = dispute


class RefundTooLarge(RefundError):
    """More was asked for than is left. `refundable` is in the currency's smallest unit."""

    def __init__(self, refundable: int) -> None:
        super().__init__(f"At most {refundable} can be refunded.")
        self.refundable = refundable


class RefundConflict(RefundError):
    """The form has already asked for a refund of another amount or purchase."""


@dataclass(frozen=True, kw_only=True)
class RefundPreview:
    """What a refund would do: money left to refund in smallest units, then credits."""

    refundable: int
    credits_taken_back: int
    shortfall: int


def refundable(purchase: Purchase) -> int:
    """Tell how much of a purchase's money is still ours, in the currency's smallest unit."""
    return refundable_of(purchase.payment) if purchase.payment else 0


def refundable_of(payment: Payment) -> int:
    """Tell how much of a payment's money is still ours, in the currency's smallest unit."""
    movements = settling.movements_of(payment)
    return max(0, payment.amount_received - movements.refunded - movements.withdrawn)


def holding(payment: Payment) -> Dispute | None:
    """Find the dispute that keeps Stripe from refunding a payment; one that is open comes first."""
    disputes = [each for each in payment.disputes.order_by("pk") if each.state.holds_money]
    return next((each for each in disputes if each.is_open), next(iter(disputes), None))


def preview(*, purchase: Purchase, unit_amount: int) -> RefundPreview:
    """
    Tell what a refund of this much would take back now, and what it would leave unpaid.

    :param unit_amount: in the currency's smallest unit
    :returns: all zero for a purchase that was never paid
    """
    payment, lot = purchase.payment, purchase.lot
    if payment is None or lot is None:
        return RefundPreview(refundable=0, credits_taken_back=0, shortfall=0)
    now = settling.movements_of(payment)
    target = clawback_target(
        credits=lot.granted,
        charged=payment.amount_received,
        movements=Movements(
            not_failed=now.refunded + unit_amount,
            failed=0,
            seen_refunded=0,
            withdrawn=now.withdrawn,
        ),
    )
    # What is on hold is not with the buyer, and not taken back either.
    left, taken_back = lot.remaining + payment.fraud_held, lot.clawed_back - payment.fraud_held
    return RefundPreview(
        refundable=refundable_of(payment),
        credits_taken_back=max(0, min(target - taken_back, left)),
        shortfall=lot.shortfall_at(target),
    )


def request(
    *, purchase: Purchase, unit_amount: int, reason: str, requested_by: Staff, nonce: UUID
) -> Refund:
    """
    Send money of a purchase back, once per nonce.

    The answer's status tells: succeeded or pending as Stripe says, failed with Stripe's reason
    where it refused, and still requested where no answer came.

    :param unit_amount: in the currency's smallest unit
    :raises PermissionDenied: if this person may not refund
    :raises NothingToRefund: if no money of this purchase is left
    :raises PaymentDisputed: if a bank holds the money, or gave it back
    :raises RefundTooLarge: if less is left than this
    :raises RefundConflict: if the nonce has asked for something else before
    """
    permissions.require(requested_by, permissions.ISSUE_REFUND)
    payment = Payment.objects.filter(purchase=purchase).first()
    if payment is None:
        raise NothingToRefund("This purchase was never paid.")
    refund = reserve(
        payment=payment,
        unit_amount=unit_amount,
        reason=reason,
        requested_by=requested_by,
        nonce=nonce,
    )
    log.info("refund_requested", extra={"refund": str(refund.uuid), "by": str(requested_by.pk)})
    return submit(refund)


def reserve(
    *, payment: Payment, unit_amount: int, reason: str, requested_by: Staff, nonce: UUID
) -> Refund:
    """
    Write down a refund of a payment, with a purchase or without, for `submit` to send.

    Takes its credits, and leaves less to refund.

    :param unit_amount: in the currency's smallest unit
    :raises PermissionDenied: if this person may not refund
    :raises RefundError: as `request` does
    """
    permissions.require(requested_by, permissions.ISSUE_REFUND)
    with settling.settled(payment) as locked:
        return write_down(
            locked, unit_amount=unit_amount, reason=reason, requested_by=requested_by, nonce=nonce
        )


def write_down(
    payment: Payment, *, unit_amount: int, reason: str, requested_by: Staff | None, nonce: UUID
) -> Refund:
    """
    Write down a refund of a payment that the caller has locked, and settles afterwards.

    :param requested_by: None where the site itself asks for it
    :raises RefundError: as `request` does
    """
    known = Refund.objects.filter(uuid=nonce).first()
    if known:
        if (known.payment_id, known.unit_amount) != (payment.pk, unit_amount):
            raise RefundConflict("This form has already been used for another refund.")
        return known
    if dispute := holding(payment):
        raise PaymentDisputed(dispute)
    left = refundable_of(payment)
    if not left:
        raise NothingToRefund("All of this payment's money has already gone back.")
    if not 0 < unit_amount <= left:
        raise RefundTooLarge(left)
    return Refund.objects.create(
        uuid=nonce,
        payment=payment,
        unit_amount=unit_amount,
        currency=payment.currency,
        status=Refund.Status.REQUESTED,
        reason=reason,
        requested_by_id=requested_by.pk if requested_by else None,
    )


def submit(refund: Refund) -> Refund:
    """
    Ask Stripe for a reserved refund. Asking again changes nothing.

    The key is its uuid, which Stripe knows for a day; from an hour on it is looked for first.

    :returns: the refund as it is then: succeeded or pending as Stripe says, failed where Stripe
        refused, requested where no answer came
    """
    if refund.status != Refund.Status.REQUESTED:
        return refund
    is_old = timezone.now() - refund.created_at >= LOOK_FIRST_AFTER
    return _send(refund, look_first=is_old)


def _send(refund: Refund, *, look_first: bool) -> Refund:
    try:
        snapshot = (_lost_refund(refund) if look_first else None) or stripe_gateway.create_refund(
            payment_intent_id=refund.payment.stripe_payment_intent_id,
            unit_amount=refund.unit_amount,
            refund_uuid=str(refund.uuid),
        )
    except stripe_gateway.GatewayUnavailable as error:
        log.warning(
            "refund_outcome_unknown", extra={"refund": str(refund.uuid), "error": str(error)}
        )
        return refund
    except stripe_gateway.GatewayRefused as error:
        return _release(refund, why=wording.code("stripe_said", message=str(error)[:150]))
    return _record(refund, snapshot)


def _lost_refund(refund: Refund) -> RefundObject | None:
    return stripe_gateway.find_refund(
        payment_intent_id=refund.payment.stripe_payment_intent_id, refund_uuid=str(refund.uuid)
    )


def resolve(refund: Refund, *, by: Staff | None) -> Refund:
    """
    Find out what became of a refund whose answer never came, and send it if Stripe has none.

    :param by: who asks; None where the site itself does, in the background
    :raises PermissionDenied: if this person may not refund
    :raises GatewayError: if Stripe does not answer now either
    """
    if by is not None:
        permissions.require(by, permissions.ISSUE_REFUND)
    if refund.status != Refund.Status.REQUESTED:
        return refund
    snapshot = _lost_refund(refund)
    return _record(refund, snapshot) if snapshot else _send(refund, look_first=False)


def _record(refund: Refund, snapshot: RefundObject) -> Refund:
    """Note Stripe's answer. One that contradicts what is known here is left for reconciliation."""
    recorded, outcome = settling.note(partial(facts.note_refund, snapshot), of=refund.payment)
    if recorded is None:
        log.error(
            "refund_contradicts", extra={"refund": str(refund.uuid), "reason": outcome.reason}
        )
        return refund
    return recorded


def _release(refund: Refund, *, why: str) -> Refund:
    log.warning("refund_refused", extra={"refund": str(refund.uuid), "error": why})
    fact = partial(facts.note_refusal, refund=refund, reason=why)
    released, _outcome = settling.note(fact, of=refund.payment)
    return released or refund
