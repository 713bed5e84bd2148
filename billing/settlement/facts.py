"""
Money facts: payments, refunds and disputes as Stripe tells of them.

Events come late, twice and in any order, so a fact only moves forward: amounts grow, refunds rise
in rank, a dispute keeps its furthest snapshot. Every function belongs to its caller's transaction,
which locks the payment first and settles it next, as `settling.note` does; a conflict is raised
before anything is written.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.utils import timezone

from billing import conf, prepared, wording
from billing.models import Dispute, Payment, Refund
from billing.settlement import news
from billing.settlement.entitlement import withdrawn
from billing.stripe_gateway.objects import Charge, CheckoutSession, DisputeObject, RefundObject

# Opens a payment, or locks the one that is there, and returns it either way: one round trip instead
# of three, and for a payment that is known one more version of its row.
OPEN_PAYMENT: Final = f"""
    INSERT INTO billing_payment
        (stripe_payment_intent_id, livemode, created_at, currency, amount_received,
         max_amount_refunded, receipt_url, fraud_note, settlements)
    VALUES (%s, %s, %s, %s, %s, 0, '', '', 0)
    ON CONFLICT ON CONSTRAINT payment_intent_once
        DO UPDATE SET stripe_payment_intent_id = EXCLUDED.stripe_payment_intent_id
    RETURNING xmax = 0, {", ".join(prepared.columns(Payment))}
"""  # noqa: S608 (names of ours)


class FactConflict(Exception):
    """Two things that Stripe said cannot both be true. A code of `wording` says which."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """Money that came in; `unit_amount` is in the currency's smallest unit."""

    currency: str
    unit_amount: int


@dataclass(frozen=True, kw_only=True)
class PaymentName:
    """What an object of Stripe's calls the payment that it is of."""

    payment_intent_id: str | None
    charge_id: str | None = None
    livemode: bool


def lock_payment(of: Payment | PaymentName, *, received: Received | None = None) -> Payment | None:
    """
    Lock a payment's row, and open it where a PaymentIntent is named for the first time.

    :param received: what is noted of a payment that is opened now
    :returns: the row as it is now; None for a charge alone that is not known here, which is not
        from Checkout: https://docs.stripe.com/api/charges/object#charge_object-payment_intent
    """
    if isinstance(of, Payment):
        return Payment.objects.select_for_update().get(pk=of.pk)
    if of.payment_intent_id:
        values = [of.payment_intent_id, of.livemode, timezone.now()]
        money = [received.currency, received.unit_amount] if received else ["", 0]
        [(is_new, *row)] = prepared.rows(OPEN_PAYMENT, [*values, *money])
        payment = prepared.load(Payment, row)
        payment.is_new = is_new
        return payment
    if of.charge_id:
        return Payment.objects.select_for_update().filter(stripe_charge_id=of.charge_id).first()
    return None


def received_by(session: CheckoutSession) -> Received:
    return Received(currency=session.currency, unit_amount=session.amount_total)


def let_go(payment: Payment) -> None:
    """
    Undo the opening of a payment that nothing of ours claims.

    It is opened first all the same, so that whoever claims it at this moment comes before or after
    the whole of the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_payment WHERE id = %s", [payment.pk])


def note_received(received: Received, *, payment: Payment) -> Payment:
    """
    Note money that came in, as a session says.

    :raises FactConflict: if the payment is known in another currency
    """
    _agree_on_currency(payment, received.currency)
    if not payment.currency or received.unit_amount > payment.amount_received:
        payment.currency = received.currency
        payment.amount_received = max(payment.amount_received, received.unit_amount)
        payment.save(update_fields=["currency", "amount_received"])
    return payment


def note_charge(charge: Charge, *, payment: Payment) -> Payment:
    """
    Note a charge's receipt, what it captured, and how much of it was refunded so far.

    :raises FactConflict: if the payment is known in another currency or by another charge
    """
    _agree_on_currency(payment, charge.currency)
    if payment.stripe_charge_id not in {None, charge.id}:
        raise FactConflict(
            wording.code(
                "known_charge", payment=payment, known=payment.stripe_charge_id, found=charge.id
            )
        )
    payment.stripe_charge_id = charge.id
    payment.currency = charge.currency
    payment.receipt_url = charge.receipt_url or payment.receipt_url
    payment.amount_received = max(payment.amount_received, charge.amount_captured)
    payment.max_amount_refunded = max(payment.max_amount_refunded, charge.amount_refunded)
    payment.save(
        update_fields=[
            "stripe_charge_id",
            "currency",
            "receipt_url",
            "amount_received",
            "max_amount_refunded",
        ]
    )
    return payment


def note_refund(snapshot: RefundObject, *, payment: Payment) -> Refund:
    """
    Note that a refund exists, or moved; ours are known by their uuid before Stripe's id is.

    A refund only moves up in rank, except where Stripe names one that it had refused:
    https://docs.stripe.com/refunds#failed-refunds

    :raises FactConflict: if its currency is not the payment's, or its amount not what we asked for
    """
    _agree_on_currency(payment, snapshot.currency)
    refund = _known_refund(snapshot, payment=payment)
    if refund and refund.unit_amount != snapshot.amount:
        raise FactConflict(
            wording.code(
                "known_amount", refund=refund, known=refund.unit_amount, found=snapshot.amount
            )
        )
    status = Refund.Status.read(snapshot.status)
    if refund is None:
        refund = Refund.objects.create(
            payment=payment,
            stripe_refund_id=snapshot.id,
            unit_amount=snapshot.amount,
            currency=snapshot.currency,
            status=status,
            reason=snapshot.reason[:255],
            failure_reason=snapshot.failure_reason[:255],
        )
        refund.news = news.of_refund(refund)
        return refund
    before = refund.status
    # Until Stripe has named it, all that we know of it is what we believed.
    rank = Refund.Status(refund.status).rank if refund.stripe_refund_id else -1
    refund.stripe_refund_id = snapshot.id
    if status.rank > rank:
        refund.status = status
        refund.failure_reason = snapshot.failure_reason[:255]
    refund.save(update_fields=["stripe_refund_id", "status", "failure_reason", "updated_at"])
    refund.news = news.of_refund(refund, before=before)
    return refund


def note_refusal(*, payment: Payment, refund: Refund, reason: str) -> Refund:
    """Note that Stripe refused a refund that we asked for, unless it is known to be there."""
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    if refund.status == Refund.Status.REQUESTED:
        refund.status = Refund.Status.FAILED
        refund.failure_reason = reason[:255]
        refund.save(update_fields=["status", "failure_reason", "updated_at"])
        refund.news = news.of_refund(refund, before=Refund.Status.REQUESTED)
    return refund


def note_dispute(snapshot: DisputeObject, *, payment: Payment) -> Dispute:
    """
    Note that a dispute exists, or moved; an older snapshot changes nothing.

    :raises FactConflict: if its currency is not the payment's
    """
    _agree_on_currency(payment, snapshot.currency)
    dispute, created = Dispute.objects.get_or_create(
        stripe_dispute_id=snapshot.id, defaults={"payment": payment, **_dispute_fields(snapshot)}
    )
    if created:
        dispute.news = news.of_dispute(dispute)
    elif _is_further(snapshot, dispute):
        before = dispute.state
        for field, value in _dispute_fields(snapshot).items():
            setattr(dispute, field, value)
        dispute.save()
        dispute.news = news.of_dispute(dispute, before=before)
    return dispute


def withdrawn_by(snapshot: DisputeObject) -> int:
    """Tell what a dispute holds of its payment, in the payment's smallest unit."""
    status = Dispute.Status.read(snapshot.status)
    return withdrawn(
        holds_money=status.holds_money, unit_amount=snapshot.amount, nets=snapshot.nets
    )


def note_fraud_warning(*, payment: Payment, at: datetime) -> Payment:
    """Note that Stripe expects a dispute; the first warning counts, and the setting of then."""
    if payment.fraud_warned_at is None:
        payment.fraud_warned_at = at
        payment.fraud_held_at = at if conf.fraud_hold() else None
        payment.save(update_fields=["fraud_warned_at", "fraud_held_at"])
    return payment


def _agree_on_currency(payment: Payment, currency: str) -> None:
    if payment.currency and payment.currency != currency:
        raise FactConflict(
            wording.code("known_currency", payment=payment, known=payment.currency, found=currency)
        )


def _known_refund(snapshot: RefundObject, *, payment: Payment) -> Refund | None:
    known = Refund.objects.select_for_update().filter(stripe_refund_id=snapshot.id).first()
    if known or not snapshot.refund_uuid:
        return known
    return next(
        (
            refund
            for refund in payment.refunds.select_for_update().filter(stripe_refund_id=None)
            if str(refund.uuid) == snapshot.refund_uuid
        ),
        None,
    )


def _dispute_fields(snapshot: DisputeObject) -> dict[str, object]:
    return {
        "unit_amount": snapshot.amount,
        "currency": snapshot.currency,
        "status": snapshot.status[:50],
        "withdrawn": withdrawn_by(snapshot),
        "movements": len(snapshot.nets),
        "reason": snapshot.reason[:255],
        "due_by": snapshot.due_by,
        "as_of": snapshot.as_of,
    }


def _is_further(snapshot: DisputeObject, known: Dispute) -> bool:
    """
    Tell whether one snapshot of a dispute is later than another.

    Balance transactions are only ever added, so more of them is later. Between them a status may
    go anywhere, from lost back to won too, so Stripe's clock decides. It counts whole seconds:
    within one the usual way of a dispute does, and last what is better for the customer.
    """
    theirs = (len(snapshot.nets), snapshot.as_of, snapshot.status, withdrawn_by(snapshot))
    ours = (known.movements, known.as_of, known.status, known.withdrawn)
    return _place(*theirs) >= _place(*ours)


def _place(
    movements: int, as_of: datetime, status: str, withdrawn: int
) -> tuple[int, datetime, int, int]:
    return movements, as_of, Dispute.Status.read(status).rank, -withdrawn
