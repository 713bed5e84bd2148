"""Disputes of Stripe's against ours: what a bank has taken is taken back here."""

from collections.abc import Iterator
from functools import partial

from django.db.models import Q

from billing import stripe_gateway
from billing.models import Dispute, Payment
from billing.reconciliation import pairs
from billing.reconciliation.findings import Difference, Kind
from billing.reconciliation.run import Run, in_chunks
from billing.settlement import facts, settling
from billing.stripe_gateway.objects import DisputeObject


def at_stripe(run: Run) -> Iterator[Difference]:
    """Hold every dispute of payments that are known here against our row."""
    for page in stripe_gateway.list_disputes(since=run.since):
        run.compared["disputes"] += len(page)
        for snapshot, dispute, payment in _beside(page):
            if dispute:
                run.seen["disputes"].add(dispute.pk)
            yield from _differences(snapshot, dispute, payment)


def local(run: Run) -> Iterator[Difference]:
    """Ask about disputes that no page named: recent ones, and old ones that are not over."""
    recent, undecided = Q(created_at__gte=run.since), ~Q(status__in=Dispute.DECIDED)
    rows = Dispute.objects.filter(recent | undecided, payment__livemode=run.livemode)
    for dispute in in_chunks(rows):
        if dispute.pk not in run.seen["disputes"]:
            yield from _look_up(dispute.stripe_dispute_id)


def _look_up(dispute_id: str) -> Iterator[Difference]:
    try:
        snapshot = stripe_gateway.retrieve_dispute(dispute_id)
    except stripe_gateway.GatewayMissing:
        yield Difference.missing(dispute_id, "dispute", again=partial(_look_up, dispute_id))
    else:
        for pair in _beside([snapshot]):
            yield from _differences(*pair)


def _beside(
    page: list[DisputeObject],
) -> Iterator[tuple[DisputeObject, Dispute | None, Payment | None]]:
    return pairs.beside(page, Dispute.objects.all(), id_field="stripe_dispute_id")


def _differences(
    snapshot: DisputeObject, dispute: Dispute | None, payment: Payment | None
) -> Iterator[Difference]:
    if payment is None:
        return  # of a payment that is not from this site
    differ = partial(Difference.of, snapshot, again=_look_up)
    taken = facts.withdrawn_by(snapshot)
    detail = f"{taken} of {snapshot.amount} {snapshot.currency} of {payment}, {snapshot.status}"
    repair = partial(_note, snapshot, payment)
    if payment.currency not in {"", snapshot.currency}:
        yield differ(Kind.AMOUNT_MISMATCH, f"{detail}, and {payment.currency} here")
    elif dispute is None:
        kind = Kind.DISPUTED_NOT_TAKEN if taken else Kind.OUT_OF_STEP
        yield differ(kind, detail, repair=repair)
    elif dispute.withdrawn != taken:
        known = f"{detail}, and {dispute.withdrawn} here"
        yield differ(Kind.DISPUTED_NOT_TAKEN, known, repair=repair)
    elif dispute.status != snapshot.status:
        yield differ(Kind.OUT_OF_STEP, f"{detail}, and {dispute.status} here", repair=repair)


def _note(snapshot: DisputeObject, payment: Payment) -> str:
    noted, outcome = settling.note(partial(facts.note_dispute, snapshot), of=payment)
    taken = facts.withdrawn_by(snapshot)
    if noted and (noted.status, noted.withdrawn) != (snapshot.status[:50], taken):
        return f"a later {noted.status} is known here"
    return outcome.reason
