"""Refunds of Stripe's against ours: what was refunded is taken back here."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.utils import timezone

from billing import conf, stripe_gateway
from billing import refunds as verbs
from billing.models import Payment, Refund
from billing.reconciliation import pairs
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.run import Run, in_chunks
from billing.settlement import facts, settling
from billing.stripe_gateway.objects import RefundObject


def at_stripe(run: Run) -> Iterator[Difference]:
    """Hold every refund of payments that are known here against our row."""
    for page in stripe_gateway.list_refunds(since=run.since):
        run.compared["refunds"] += len(page)
        for snapshot, refund, payment in _beside(page):
            if refund:
                run.seen["refunds"].add(refund.pk)
            yield from _differences(snapshot, refund, payment)


def local(run: Run) -> Iterator[Difference]:
    """Ask about refunds that no page named, about old ones that wait, and whose answer was lost."""
    rows = Refund.objects.filter(payment__livemode=run.livemode)
    recent = Q(created_at__gte=run.since) | Q(status=Refund.Status.PENDING)
    for refund in in_chunks(rows.filter(recent).exclude(stripe_refund_id=None)):
        if refund.pk not in run.seen["refunds"]:
            yield from _look_up(refund.stripe_refund_id or "")
    patience = timedelta(seconds=conf.reconcile_patience())
    unknown = rows.unanswered(before=timezone.now() - patience)
    for refund in in_chunks(unknown.select_related("payment")):
        yield _without_answer(refund)


def _look_up(refund_id: str) -> Iterator[Difference]:
    try:
        snapshot = stripe_gateway.retrieve_refund(refund_id)
    except stripe_gateway.GatewayMissing:
        yield Difference.missing(refund_id, "refund", again=partial(_look_up, refund_id))
    else:
        for pair in _beside([snapshot]):
            yield from _differences(*pair)


def _without_answer(refund: Refund) -> Difference:
    return Difference(
        finding=Finding(
            kind=Kind.OUTCOME_UNKNOWN,
            id=str(refund.uuid),
            detail=f"{refund.unit_amount} {refund.currency} of {refund.payment}",
        ),
        about=frozenset(),
        again=tuple,
        repair=partial(_resolve, refund),
    )


def _beside(
    page: list[RefundObject],
) -> Iterator[tuple[RefundObject, Refund | None, Payment | None]]:
    return pairs.beside(page, Refund.objects.all(), id_field="stripe_refund_id")


def _differences(
    snapshot: RefundObject, refund: Refund | None, payment: Payment | None
) -> Iterator[Difference]:
    if payment is None or not snapshot.amount:
        return  # of a payment that is not from this site
    differ = partial(Difference.of, snapshot, again=_look_up)
    detail = f"{snapshot.amount} {snapshot.currency} of {payment}, {snapshot.status}"
    repair = partial(_note, snapshot, payment)
    if refund is None:
        yield differ(Kind.BACK_NOT_TAKEN, detail, repair=repair)
    elif (refund.unit_amount, refund.currency) != (snapshot.amount, snapshot.currency):
        known = f"{refund.unit_amount} {refund.currency}"
        yield differ(Kind.AMOUNT_MISMATCH, f"{detail} at Stripe and {known} here")
    elif refund.status != (status := Refund.Status.read(snapshot.status)):
        is_behind = status.rank > Refund.Status(refund.status).rank
        known = f"{detail}, and {refund.status} here"
        yield differ(Kind.OUT_OF_STEP, known, repair=repair if is_behind else None)


def _note(snapshot: RefundObject, payment: Payment) -> str:
    _noted, outcome = settling.note(partial(facts.note_refund, snapshot), of=payment)
    return outcome.reason


def _resolve(refund: Refund) -> str:
    try:
        refund = verbs.resolve(refund, by=None)
    except stripe_gateway.GatewayError as error:
        return str(error)
    return "Stripe did not answer" if refund.status == Refund.Status.REQUESTED else ""
