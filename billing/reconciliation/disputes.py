"""Disputes of Stripe's against ours: what a bank has taken is taken back here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Q

from billing import facts, settlement, stripe_gateway
from billing.models import Dispute, Payment
from billing.stripe_objects import DisputeObject

from .findings import Difference, Finding, Kind
from .payments import payments_named
from .walk import Walk, in_chunks

OVER = ["won", "lost", "warning_closed", "prevented"]


def theirs(walk: Walk) -> Iterator[Difference]:
    """Hold every dispute of payments that are known here against our row."""
    for page in stripe_gateway.list_disputes(since=walk.since):
        walk.walked["disputes"] += len(page)
        for pair in _pairs(page):
            if pair.dispute:
                walk.seen["disputes"].add(pair.dispute.pk)
            yield from pair.differences()


def ours(walk: Walk) -> Iterator[Difference]:
    """Ask about disputes that no page named: recent ones, and old ones that are not over."""
    rows = Dispute.objects.filter(payment__livemode=walk.livemode)
    recent = Q(created_at__gte=walk.since) | ~Q(status__in=OVER)
    for dispute in in_chunks(rows.filter(recent)):
        if dispute.pk not in walk.seen["disputes"]:
            yield from _look_up(dispute.stripe_dispute_id)


def _look_up(dispute_id: str) -> Iterator[Difference]:
    try:
        told = stripe_gateway.retrieve_dispute(dispute_id)
    except stripe_gateway.GatewayMissing:
        yield Difference.missing(dispute_id, "dispute", again=partial(_look_up, dispute_id))
    else:
        for pair in _pairs([told]):
            yield from pair.differences()


def _pairs(page: list[DisputeObject]) -> Iterator["_Pair"]:
    payments = payments_named([told.payment_intent_id for told in page])
    rows = {
        dispute.stripe_dispute_id: dispute
        for dispute in Dispute.objects.filter(stripe_dispute_id__in=[told.id for told in page])
    }
    for told in page:
        yield _Pair(told, rows.get(told.id), payments.get(told.payment_intent_id or ""))


@dataclass(frozen=True)
class _Pair:
    """A dispute of Stripe's, our row for it, and the payment that it is of."""

    told: DisputeObject
    dispute: Dispute | None
    payment: Payment | None

    def differences(self) -> Iterator[Difference]:
        told, dispute, payment = self.told, self.dispute, self.payment
        if payment is None:
            return  # of a payment that is not from this site
        words = f"{told.withdrawn} of {told.amount} {told.currency} of {payment}, {told.status}"
        if payment.currency not in {"", told.currency}:
            yield self._differ(Kind.AMOUNT_MISMATCH, f"{words}, and {payment.currency} here")
        elif dispute is None:
            kind = Kind.DISPUTED_NOT_TAKEN if told.withdrawn else Kind.OUT_OF_STEP
            yield self._differ(kind, words, partial(_note, told))
        elif dispute.withdrawn != told.withdrawn:
            known = f"and {dispute.withdrawn} here"
            yield self._differ(Kind.DISPUTED_NOT_TAKEN, f"{words}, {known}", partial(_note, told))
        elif dispute.status != told.status:
            known = f"and {dispute.status} here"
            yield self._differ(Kind.OUT_OF_STEP, f"{words}, {known}", partial(_note, told))

    def _differ(
        self, kind: Kind, words: str, repair: Callable[[], str] | None = None
    ) -> Difference:
        told = self.told
        return Difference(
            finding=Finding(kind=kind, id=told.id, words=words),
            about=frozenset({told.id, told.payment_intent_id or told.id}),
            again=partial(_look_up, told.id),
            repair=repair,
        )


def _note(told: DisputeObject) -> str:
    try:
        with transaction.atomic():
            payment = Payment.objects.select_for_update().get(
                stripe_payment_intent_id=told.payment_intent_id or ""
            )
            noted = facts.note_dispute(told, payment=payment)
            reason = settlement.settle(payment).reason
    except facts.FactConflict as conflict:
        return str(conflict)
    if (noted.status, noted.withdrawn) != (told.status[:50], told.withdrawn):
        return f"a later {noted.status} is known here"
    return reason
