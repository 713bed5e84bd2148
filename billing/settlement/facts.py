"""
Money facts: payments, refunds and disputes as Stripe tells of them.

Events come late, twice and in any order, so a fact only moves forward: amounts grow, refunds rise
in rank, a dispute keeps its furthest snapshot. Every function belongs to its caller's transaction,
which locks the payment first and calls `settlement.settle` next; a conflict is raised before
anything is written.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils import timezone

from billing.models import Dispute, Payment, Refund
from billing.stripe_gateway.objects import Charge, DisputeObject, RefundObject

REFUND_RANK: Final[Mapping[str, int]] = {
    Refund.Status.REQUESTED: 0,
    Refund.Status.PENDING: 1,
    Refund.Status.SUCCEEDED: 2,
    Refund.Status.FAILED: 3,
    Refund.Status.CANCELED: 3,
}

DISPUTE_RANK: Final[Mapping[str, int]] = {
    "warning_needs_response": 0,
    "warning_under_review": 1,
    "warning_closed": 2,
    "prevented": 2,
    "needs_response": 3,
    "under_review": 4,
    "won": 5,
    "lost": 5,
}

# Opens a payment, or locks the one that is there, and returns it either way: one round trip instead
# of three, and for a payment that is known one more version of its row.
OPEN_PAYMENT: Final = """
    INSERT INTO billing_payment
        (stripe_payment_intent_id, livemode, created_at, currency, amount_received,
         max_amount_refunded, receipt_url, fraud_note, settlements)
    VALUES (%s, %s, %s, '', 0, 0, '', '', 0)
    ON CONFLICT ON CONSTRAINT payment_intent_once
        DO UPDATE SET stripe_payment_intent_id = EXCLUDED.stripe_payment_intent_id
    RETURNING *
"""


class FactConflict(Exception):
    """Two things that Stripe said cannot both be true. The message says which."""


def lock_payment(*, payment_intent_id: str, livemode: bool) -> Payment:
    """Find or open the row of a PaymentIntent, and lock it."""
    values = [payment_intent_id, livemode, timezone.now()]
    return Payment.objects.raw(OPEN_PAYMENT, values)[0]


def note_received(payment: Payment, *, currency: str, unit_amount: int) -> None:
    """
    Note money that came in, as a session or a charge says.

    :raises FactConflict: if the payment is known in another currency
    """
    _agree_on_currency(payment, currency)
    if not payment.currency or unit_amount > payment.amount_received:
        payment.currency = currency
        payment.amount_received = max(payment.amount_received, unit_amount)
        payment.save(update_fields=["currency", "amount_received"])


def note_charge(charge: Charge, *, payment_intent_id: str) -> Payment:
    """
    Note a charge's receipt, what it captured, and how much of it was refunded so far.

    :raises FactConflict: if the payment is known in another currency or by another charge
    """
    payment = lock_payment(payment_intent_id=payment_intent_id, livemode=charge.livemode)
    _agree_on_currency(payment, charge.currency)
    if not charge.amount_captured:  # declined, or still on its way: another charge may follow
        return payment
    if payment.stripe_charge_id not in {None, charge.id}:
        raise FactConflict(
            f"{payment} was paid by charge {payment.stripe_charge_id}, and now by {charge.id}."
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

    :raises FactConflict: if its currency is not the payment's, or its amount not what we asked for
    """
    _agree_on_currency(payment, snapshot.currency)
    refund = _known_refund(snapshot, payment=payment)
    if refund and refund.unit_amount != snapshot.amount:
        raise FactConflict(f"{refund} is of {refund.unit_amount}, and now of {snapshot.amount}.")
    status = read_refund_status(snapshot.status)
    if refund is None:
        return Refund.objects.create(
            payment=payment,
            stripe_refund_id=snapshot.id,
            unit_amount=snapshot.amount,
            currency=snapshot.currency,
            status=status,
            reason=snapshot.reason[:255],
            failure_reason=snapshot.failure_reason[:255],
        )
    # Until Stripe has named it, all that we know of it is what we believed.
    rank = REFUND_RANK[refund.status] if refund.stripe_refund_id else -1
    refund.stripe_refund_id = snapshot.id
    if REFUND_RANK[status] > rank:
        refund.status = status
        refund.failure_reason = snapshot.failure_reason[:255]
    refund.save(update_fields=["stripe_refund_id", "status", "failure_reason", "updated_at"])
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
    if not created and _is_further(snapshot, dispute):
        for field, value in _dispute_fields(snapshot).items():
            setattr(dispute, field, value)
        dispute.save()
    return dispute


def note_fraud_warning(payment: Payment, *, at: datetime) -> None:
    """Note that Stripe expects a dispute; the first warning counts."""
    if payment.fraud_warned_at is None:
        payment.fraud_warned_at = at
        payment.save(update_fields=["fraud_warned_at"])


def read_refund_status(status: str) -> Refund.Status:
    """Read Stripe's word as ours; a refund that waits for anything is pending."""
    try:
        return Refund.Status(status)
    except ValueError:
        return Refund.Status.PENDING


def _agree_on_currency(payment: Payment, currency: str) -> None:
    if payment.currency and payment.currency != currency:
        raise FactConflict(f"{payment} is in {payment.currency}, and now in {currency}.")


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
        "withdrawn": snapshot.withdrawn,
        "movements": snapshot.movements,
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
    return _place(snapshot) >= _place(known)


def _place(dispute: DisputeObject | Dispute) -> tuple[int, datetime, int, int]:
    return (
        dispute.movements,
        dispute.as_of,
        DISPUTE_RANK.get(dispute.status, 4),
        -dispute.withdrawn,
    )
