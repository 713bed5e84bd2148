"""The books after the storm, held against Stripe's own objects: faults in words, and sums."""

from collections import Counter

from django.db.models import Sum

from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from credits import audit
from credits.models import CreditTransaction, Lot


def faults(truth, *, events):
    """Everything that is not as Stripe says; `events` are the ids that were delivered."""
    return [*_of_purchases(truth), *_of_sums(truth), *_of_inbox(events), *map(str, audit.faults())]


def _of_purchases(truth):
    for purchase in Purchase.objects.select_related("lot", "payment").order_by("pk"):
        paid = truth.is_paid(purchase.stripe_session_id)
        if paid != (purchase.status == Purchase.Status.PAID):
            yield f"{'lost' if paid else 'for nothing'}: {purchase} is {purchase.status}"
            continue
        if not paid:
            continue
        assert purchase.lot
        assert purchase.payment
        lot, intent = purchase.lot, purchase.payment.stripe_payment_intent_id
        target = truth.target(intent, credits=purchase.credits)
        taken = min(target, lot.granted - lot.spent)
        if (lot.granted, lot.clawback_target, lot.clawed_back) != (
            purchase.credits,
            target,
            taken,
        ):
            yield (
                f"{purchase}: {lot.granted} granted, {lot.clawed_back} of {lot.clawback_target}"
                f" taken back; at Stripe it is {taken} of {target}"
            )


def _of_sums(truth):
    sold = [
        session["payment_intent"]
        for session in truth.sessions.values()
        if session["payment_status"] == "paid"
    ]
    grants = CreditTransaction.objects.filter(kind=CreditTransaction.Kind.GRANT)
    not_failed = Refund.objects.not_failed()
    for name, ours, theirs in (
        ("received", _sum(Payment.objects, "amount_received"), sum(map(truth.received, sold))),
        ("refunded", _sum(not_failed, "unit_amount"), sum(map(truth.refunded, sold))),
        ("withdrawn", _sum(Dispute.objects, "withdrawn"), sum(map(truth.withdrawn, sold))),
        ("grants", grants.count(), len(sold)),
        ("lots", Lot.objects.count(), len(sold)),
        ("credits granted", _sum(grants, "amount"), _sum(Lot.objects, "granted")),
    ):
        if ours != theirs:
            yield f"{name}: {ours} here, {theirs} at Stripe"


def _of_inbox(events):
    states = Counter(StripeEvent.objects.values_list("state", flat=True))
    if states.total() != len(events):
        yield f"{states.total()} events in the inbox, {len(events)} delivered"
    for state in set(states) - {StripeEvent.State.PROCESSED, StripeEvent.State.IGNORED}:
        yield f"{states[state]} events are {state}"


def _sum(rows, field):
    return rows.aggregate(sum=Sum(field, default=0))["sum"]
