"""Payments against lots: each lot holds what its money still pays for. Nobody is asked."""

from collections.abc import Iterable, Iterator
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from billing.models import Dispute, Payment, Refund
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.run import Run, in_chunks
from billing.settlement import settling


def differences(run: Run) -> Iterator[Difference]:
    """Look at every payment of which money went back, however long ago."""
    refunds = Refund.objects.filter(payment=OuterRef("pk"))
    disputes = Dispute.objects.filter(payment=OuterRef("pk"))
    rows = Payment.objects.filter(
        Q(max_amount_refunded__gt=0) | Exists(refunds) | Exists(disputes),
        livemode=run.livemode,
        purchase__lot__isnull=False,
    ).select_related("purchase__lot")
    for payment in in_chunks(rows):
        run.compared["payments"] += 1
        yield from _of(payment)


def payments_named(payment_intent_ids: Iterable[str | None]) -> dict[str, Payment]:
    """Find payments by their PaymentIntents, in one query."""
    rows = Payment.objects.filter(
        stripe_payment_intent_id__in=[name for name in payment_intent_ids if name]
    )
    return {row.stripe_payment_intent_id: row for row in rows}


def _of(payment: Payment) -> Iterator[Difference]:
    lot = payment.purchase.lot
    if lot is None:
        return
    target = settling.wanted_of(payment, lot).target
    if lot.clawback_target == target:
        return
    yield Difference(
        finding=Finding(
            kind=Kind.BACK_NOT_TAKEN if target > lot.clawback_target else Kind.OUT_OF_STEP,
            id=payment.stripe_payment_intent_id,
            detail=f"{target} of {lot.granted} credits are no longer paid for,"
            f" and {lot.clawback_target} here",
        ),
        about=frozenset({payment.stripe_payment_intent_id}),
        again=partial(_look_again, payment.pk),
        repair=partial(_settle, payment.pk),
    )


@transaction.atomic
def _look_again(pk: int) -> list[Difference]:
    """Under the payment's lock, so that nobody is in the middle of settling it."""
    Payment.objects.select_for_update().get(pk=pk)
    payment = Payment.objects.select_related("purchase__lot").get(pk=pk)
    return list(_of(payment))


@transaction.atomic
def _settle(pk: int) -> str:
    return settling.settle(Payment.objects.select_for_update().get(pk=pk)).reason
