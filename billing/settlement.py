"""
From money facts to credits: what a payment still pays for.

`settle` looks at all facts of a payment, computes the one number that follows from them, and lets
the ledger move the lot there. It is a function of the facts, so it may run after each event, in
any order and any number of times.
"""

from django.db import transaction
from django.db.models import Q, Sum

from credits import ledger

from .entitlement import Movements, clawback_target
from .models import Payment, Purchase, Refund
from .outcomes import Outcome


@transaction.atomic
def settle(payment: Payment) -> Outcome:
    """
    Bring the credits of a payment's purchase in line with the money that is still ours.

    The caller holds the payment's lock.
    """
    purchase = (
        Purchase.objects.select_for_update(of=("self",))
        .select_related("lot")
        .filter(payment=payment)
        .first()
    )
    if purchase is None or purchase.lot is None:
        return Outcome.processed(purchase=purchase, payment=payment)
    if payment.currency != purchase.currency:
        return Outcome.quarantined(
            f"{payment} is in {payment.currency}, its purchase in {purchase.currency}.",
            purchase=purchase,
            payment=payment,
        )
    target = target_of(payment, credits=purchase.credits)
    if target != purchase.lot.clawback_target:
        payment.settlements += 1
        payment.save(update_fields=["settlements"])
        ledger.set_clawback_target(
            lot=purchase.lot,
            target=target,
            key=f"payment:{payment.pk}:settlement:{payment.settlements}",
            description=f"Money back for purchase {purchase.uuid}",
            actor="stripe",
        )
    return Outcome.processed(purchase=purchase, payment=payment)


def target_of(payment: Payment, *, credits: int) -> int:
    """Count how many of these credits a payment no longer pays for."""
    return clawback_target(
        credits=credits, charged=payment.amount_received, movements=movements_of(payment)
    )


def movements_of(payment: Payment) -> Movements:
    """Sum up what is known of money that went back, in the payment's smallest unit."""
    failed = Q(status__in=[Refund.Status.FAILED, Refund.Status.CANCELED])
    refunds = payment.refunds.aggregate(
        standing=Sum("unit_amount", filter=~failed, default=0),
        # A refund that Stripe refused never was in the charge's `amount_refunded`.
        failed=Sum("unit_amount", filter=failed & Q(stripe_refund_id__isnull=False), default=0),
    )
    disputes = payment.disputes.aggregate(withdrawn=Sum("withdrawn", default=0))
    return Movements(
        standing=refunds["standing"],
        failed=refunds["failed"],
        seen_refunded=payment.max_amount_refunded,
        withdrawn=disputes["withdrawn"],
    )
