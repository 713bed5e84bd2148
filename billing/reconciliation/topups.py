"""PaymentIntents of automatic top-ups against their purchases: what was paid is granted."""

from collections.abc import Iterator
from functools import partial

from billing import stripe_gateway
from billing.models import Payment, Purchase, TopUp
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.run import Run, in_chunks
from billing.stripe_gateway.objects import PaymentIntent
from billing.topups import fulfilling


def at_stripe(run: Run) -> Iterator[Difference]:
    """Hold every PaymentIntent of a top-up that Stripe has against our purchase."""
    if not TopUp.objects.exists():
        return
    for page in stripe_gateway.list_payment_intents(since=run.since):
        ours = [intent for intent in page if intent.is_topup]
        run.compared["topups"] += len(ours)
        for intent in ours:
            purchase = _purchase_of(intent)
            if purchase:
                run.seen["topups"].add(purchase.pk)
            yield from _of(intent, purchase)


def local(run: Run) -> Iterator[Difference]:
    """Ask about paid top-ups that no page named."""
    rows = TopUp.objects.filter(
        status=TopUp.Status.PAID, created_at__gte=run.since, purchase__livemode=run.livemode
    )
    for topup in in_chunks(rows):
        if topup.purchase_id not in run.seen["topups"]:
            yield from _look_up(topup.stripe_payment_intent_id or "")


def _look_up(payment_intent_id: str) -> Iterator[Difference]:
    try:
        intent = stripe_gateway.retrieve_payment_intent(payment_intent_id)
    except stripe_gateway.GatewayMissing:
        yield Difference(
            finding=Finding(
                kind=Kind.GRANTED_NOT_PAID,
                id=payment_intent_id,
                detail="Stripe has no such PaymentIntent of an automatic top-up",
            ),
            about=frozenset({payment_intent_id}),
            again=partial(_look_up, payment_intent_id),
        )
    else:
        yield from _of(intent, _purchase_of(intent))


def _of(intent: PaymentIntent, purchase: Purchase | None) -> Iterator[Difference]:
    if purchase is None:
        if intent.is_paid:
            named = intent.purchase_uuid or "(none)"
            detail = f"paid, for a purchase that is not here: {named}"
            yield _differ(intent, Kind.UNKNOWN_OBJECT, detail)
        return
    if not purchase.is_paid:
        if intent.is_paid:
            yield Difference.of(
                intent,
                Kind.PAID_NOT_GRANTED,
                f"{intent.amount} {intent.currency}, {_named(purchase)}",
                again=_look_up,
                repair=partial(_fulfil, intent),
            )
        return
    if not intent.is_paid:
        yield _differ(intent, Kind.GRANTED_NOT_PAID, f"{intent.status}, {_named(purchase)}")
        return
    payment = Payment.objects.filter(stripe_payment_intent_id=intent.id).first() or Payment()
    for message in fulfilling.contradictions(intent, purchase=purchase, payment=payment):
        yield _differ(intent, Kind.AMOUNT_MISMATCH, f"{message} {_named(purchase)}")


def _purchase_of(intent: PaymentIntent) -> Purchase | None:
    if intent.purchase_key is None:
        return None
    rows = Purchase.objects.select_related("account", "payment")
    return rows.filter(uuid=intent.purchase_key, is_topup=True).first()


def _differ(intent: PaymentIntent, kind: Kind, detail: str) -> Difference:
    return Difference.of(intent, kind, detail, again=_look_up)


def _fulfil(intent: PaymentIntent) -> str:
    return fulfilling.fulfil(intent).reason


def _named(purchase: Purchase) -> str:
    return f"purchase {purchase.uuid} is {purchase.status}"
