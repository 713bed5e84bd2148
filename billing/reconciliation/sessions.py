"""Checkout Sessions against purchases: what was paid is granted, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.utils import timezone

from billing import fulfilment, stripe_gateway, wording
from billing.models import Payment, Purchase, StripeEvent
from billing.reconciliation import restoring
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.run import Run, in_chunks
from billing.settlement import session_rules, settling
from billing.settlement.session_case import Case
from billing.stripe_gateway.objects import CheckoutSession

# Stripe ends a session a little after its time.
LATE = timedelta(minutes=5)
# What a PaymentIntent is after a bank has refused.
UNPAID = {"requires_payment_method", "canceled"}


def at_stripe(run: Run) -> Iterator[Difference]:
    """Hold every session that Stripe has against our purchase."""
    for page in stripe_gateway.list_checkout_sessions(since=run.since):
        run.compared["sessions"] += len(page)
        for pair in _pairs(page):
            if pair.purchase:
                run.seen["purchases"].add(pair.purchase.pk)
            yield from pair.differences()


def local(run: Run) -> Iterator[Difference]:
    """Ask about purchases that no page named, and about old ones that still wait."""
    recent = Q(created_at__gte=run.since)
    overdue = Q(status__in=Purchase.WAITING, session_expires_at__lt=timezone.now() - LATE)
    rows = Purchase.objects.filter(recent | overdue, livemode=run.livemode)
    for purchase in in_chunks(rows.exclude(stripe_session_id=None)):
        if purchase.pk not in run.seen["purchases"]:
            yield from _look_up(purchase.stripe_session_id or "")


def _look_up(session_id: str) -> Iterator[Difference]:
    try:
        session = stripe_gateway.retrieve_checkout_session(session_id)
    except stripe_gateway.GatewayMissing:
        yield from _missing(session_id)
    else:
        for pair in _pairs([session]):
            yield from pair.differences()


def _missing(session_id: str) -> Iterator[Difference]:
    """Stripe has no session that we have; unless it came to nothing, a person has to look."""
    purchase = Purchase.objects.filter(stripe_session_id=session_id).first()
    if purchase and (purchase.is_paid or purchase.is_waiting):
        yield Difference(
            finding=Finding(
                kind=Kind.GRANTED_NOT_PAID if purchase.is_paid else Kind.UNKNOWN_OBJECT,
                id=session_id,
                detail=f"Stripe has no such session, {_named(purchase)}",
            ),
            about=frozenset({session_id}),
            again=partial(_look_up, session_id),
        )


def _pairs(sessions: list[CheckoutSession]) -> Iterator["_Pair"]:
    """Find the purchases of sessions: one query for all of them."""
    uuids = {session.id: session.purchase_key for session in sessions}
    rows = Purchase.objects.filter(
        Q(stripe_session_id__in=list(uuids)) | Q(uuid__in=[uuid for uuid in uuids.values() if uuid])
    ).select_related("payment", "account")
    by_session = {row.stripe_session_id: row for row in rows}
    by_uuid = {row.uuid: row for row in rows}
    for session in sessions:
        uuid = uuids[session.id]
        purchase = by_session.get(session.id) or (by_uuid.get(uuid) if uuid else None)
        yield _Pair(session, purchase)


@dataclass(frozen=True)
class _Pair:
    """A session of Stripe's, and the purchase that it names."""

    session: CheckoutSession
    purchase: Purchase | None

    def differences(self) -> Iterator[Difference]:
        session, purchase = self.session, self.purchase
        if purchase is None:
            yield from self._without_purchase()
        elif purchase.is_paid and purchase.stripe_session_id == session.id:
            yield from self._undecided(purchase, self._granted(purchase))
        elif session.is_settled:
            yield from self._undecided(purchase, self._paid(purchase))
        elif session.status == "expired" and purchase.is_waiting:
            yield self._differ(
                Kind.OUT_OF_STEP,
                f"expired, {_named(purchase)}",
                partial(_close, session, status=Purchase.Status.EXPIRED),
            )
        elif session.status == "complete" and purchase.is_waiting:
            yield from self._waiting_for_a_bank(purchase)

    def _undecided(
        self, purchase: Purchase, differences: Iterator[Difference]
    ) -> Iterator[Difference]:
        """Leave out what staff have seen and decided: granted all the same, or dismissed."""
        found = list(differences)
        if found and not _is_decided(purchase, self.session):
            yield from found

    def _without_purchase(self) -> Iterator[Difference]:
        session = self.session
        if session.purchase_uuid and session.status != "expired":
            yield self._differ(
                Kind.UNKNOWN_OBJECT,
                f"{'paid' if session.is_settled else 'not yet paid'}, for a purchase that is not "
                f"here: {session.purchase_uuid}",
                partial(restoring.restore, session),
            )

    def _granted(self, purchase: Purchase) -> Iterator[Difference]:
        """Find where a granted purchase is not what its session, as it is now, was paid for."""
        for broken in session_rules.differences(Case.of(self.session, purchase)):
            if broken.rule is session_rules.SETTLED:
                detail = f"{broken.found}, {_named(purchase)}"
                yield self._differ(Kind.GRANTED_NOT_PAID, detail)
                return
            detail = f"{broken.name} is {broken.found} at Stripe and {broken.promised} here"
            yield self._differ(Kind.AMOUNT_MISMATCH, f"{detail}, {_named(purchase)}")

    def _paid(self, purchase: Purchase) -> Iterator[Difference]:
        session = self.session
        if not _went_back(session):
            yield self._differ(
                Kind.PAID_NOT_GRANTED,
                f"{session.amount_total} {session.currency}, {_named(purchase)}",
                partial(_fulfil, session),
            )

    def _waiting_for_a_bank(self, purchase: Purchase) -> Iterator[Difference]:
        session = self.session
        status = (
            stripe_gateway.retrieve_payment_status(session.payment_intent_id)
            if session.payment_intent_id
            else ""
        )
        if status in UNPAID:
            yield self._differ(
                Kind.OUT_OF_STEP,
                f"the bank did not pay, {_named(purchase)}",
                partial(
                    _close,
                    session,
                    status=Purchase.Status.FAILED,
                    problem=wording.code("bank_did_not_pay"),
                ),
            )
        elif purchase.status != Purchase.Status.PROCESSING:
            detail = f"complete and not yet paid, {_named(purchase)}"
            yield self._differ(Kind.OUT_OF_STEP, detail, partial(_fulfil, session))

    def _differ(
        self, kind: Kind, detail: str, repair: Callable[[], str] | None = None
    ) -> Difference:
        return Difference.of(self.session, kind, detail, again=_look_up, repair=repair)


def _went_back(session: CheckoutSession) -> bool:
    """Tell whether staff have answered a payment that granted nothing by refunding it."""
    payment = Payment.objects.filter(
        stripe_payment_intent_id=session.payment_intent_id or ""
    ).first()
    if payment is None or not session.amount_total:
        return False
    return settling.movements_of(payment).refunded >= session.amount_total


def _is_decided(purchase: Purchase, session: CheckoutSession) -> bool:
    of_session = Q(payload__data__object__id=session.id)
    if not session.is_settled:  # then it may be another session that they granted for
        of_session |= Q(resolution=StripeEvent.Resolution.GRANT)
    decided = StripeEvent.objects.filter(purchase=purchase, state=StripeEvent.State.RESOLVED)
    return decided.filter(of_session).exists()


def _fulfil(session: CheckoutSession) -> str:
    return fulfilment.fulfil(session).reason


def _close(session: CheckoutSession, *, status: Purchase.Status, problem: str = "") -> str:
    return fulfilment.close(session, status=status, problem=problem).reason


def _named(purchase: Purchase) -> str:
    return f"purchase {purchase.uuid} is {purchase.status}"
