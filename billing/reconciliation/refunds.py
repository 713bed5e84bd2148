"""Refunds of Stripe's against ours: what was refunded is taken back here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from billing import facts, settlement, stripe_gateway
from billing import refunds as verbs
from billing.models import Payment, Refund
from billing.stripe_objects import RefundObject

from .findings import Difference, Finding, Kind
from .payments import payments_named
from .walk import Walk, in_chunks


def theirs(walk: Walk) -> Iterator[Difference]:
    """Hold every refund of payments that are known here against our row."""
    for page in stripe_gateway.list_refunds(since=walk.since):
        walk.walked["refunds"] += len(page)
        for pair in _pairs(page):
            if pair.refund:
                walk.seen["refunds"].add(pair.refund.pk)
            yield from pair.differences()


def ours(walk: Walk) -> Iterator[Difference]:
    """Ask about refunds that no page named, about old ones that wait, and whose answer was lost."""
    rows = Refund.objects.filter(payment__livemode=walk.livemode)
    recent = Q(created_at__gte=walk.since) | Q(status=Refund.Status.PENDING)
    for refund in in_chunks(rows.filter(recent).exclude(stripe_refund_id=None)):
        if refund.pk not in walk.seen["refunds"]:
            yield from _look_up(refund.stripe_refund_id or "")
    patience = timedelta(seconds=settings.BILLING_RECONCILE_PATIENCE)
    unknown = rows.filter(status=Refund.Status.REQUESTED, created_at__lt=timezone.now() - patience)
    for refund in in_chunks(unknown.select_related("payment")):
        yield _without_answer(refund)


def _look_up(refund_id: str) -> Iterator[Difference]:
    try:
        told = stripe_gateway.retrieve_refund(refund_id)
    except stripe_gateway.GatewayMissing:
        yield Difference.missing(refund_id, "refund", again=partial(_look_up, refund_id))
    else:
        for pair in _pairs([told]):
            yield from pair.differences()


def _without_answer(refund: Refund) -> Difference:
    return Difference(
        finding=Finding(
            kind=Kind.OUTCOME_UNKNOWN,
            id=str(refund.uuid),
            words=f"{refund.unit_amount} {refund.currency} of {refund.payment}",
        ),
        about=frozenset(),
        again=tuple,
        repair=partial(_resolve, refund),
    )


def _pairs(page: list[RefundObject]) -> Iterator["_Pair"]:
    payments = payments_named([told.payment_intent_id for told in page])
    rows = {
        refund.stripe_refund_id: refund
        for refund in Refund.objects.filter(stripe_refund_id__in=[told.id for told in page])
    }
    for told in page:
        yield _Pair(told, rows.get(told.id), payments.get(told.payment_intent_id or ""))


@dataclass(frozen=True)
class _Pair:
    """A refund of Stripe's, our row for it, and the payment that it is of."""

    told: RefundObject
    refund: Refund | None
    payment: Payment | None

    def differences(self) -> Iterator[Difference]:
        told, refund, payment = self.told, self.refund, self.payment
        if payment is None or not told.amount:
            return  # of a payment that is not from this site
        words = f"{told.amount} {told.currency} of {payment}, {told.status}"
        repair = partial(_note, told)
        if refund is None:
            yield self._differ(Kind.BACK_NOT_TAKEN, words, repair)
        elif (refund.unit_amount, refund.currency) != (told.amount, told.currency):
            known = f"{refund.unit_amount} {refund.currency}"
            yield self._differ(Kind.AMOUNT_MISMATCH, f"{words} at Stripe and {known} here")
        elif refund.status != (status := facts.read_refund_status(told.status)):
            is_behind = facts.REFUND_RANK[status] > facts.REFUND_RANK[refund.status]
            yield self._differ(
                Kind.OUT_OF_STEP,
                f"{words}, and {refund.status} here",
                repair if is_behind else None,
            )

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


def _note(told: RefundObject) -> str:
    try:
        with transaction.atomic():
            payment = Payment.objects.select_for_update().get(
                stripe_payment_intent_id=told.payment_intent_id or ""
            )
            facts.note_refund(told, payment=payment)
            return settlement.settle(payment).reason
    except facts.FactConflict as conflict:
        return str(conflict)


def _resolve(refund: Refund) -> str:
    try:
        refund = verbs.resolve(refund)
    except stripe_gateway.GatewayError as error:
        return str(error)
    return "Stripe did not answer" if refund.status == Refund.Status.REQUESTED else ""
