"""
Fulfilment: a paid Checkout Session becomes credits, once.

Webhook, success page and reconciliation call the same verb with a session that came from Stripe.
The Purchase says who gets what; the session only proves that it was paid.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from billing import stripe_gateway
from billing.models import Payment, Purchase
from billing.settlement import facts, settling
from billing.settlement.outcomes import Outcome
from billing.stripe_gateway.objects import CheckoutSession
from credits import ledger
from credits.models import Lot

log = logging.getLogger(__name__)


class CannotGrant(Exception):
    """Nothing was granted, and nobody may decide otherwise. The message says why."""


def refresh(purchase: Purchase) -> Purchase:
    """
    Ask Stripe about a purchase that still waits, and fulfil it when it is paid.

    :raises GatewayError: if Stripe did not tell; nothing has changed then
    """
    waiting = {Purchase.Status.OPEN, Purchase.Status.PROCESSING, Purchase.Status.PENDING}
    if purchase.status in waiting and purchase.stripe_session_id:
        session = stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)
        if session.status == "expired":
            close(session, status=Purchase.Status.EXPIRED)
        else:
            fulfil(session)
        purchase.refresh_from_db()
    return purchase


@transaction.atomic(savepoint=False)
def fulfil(session: CheckoutSession) -> Outcome:
    """
    Grant what a paid session's purchase promised; note that one is complete but not yet paid.

    Safe to call at any time and any number of times, from several places at once.
    """
    payment = _lock_payment_of(session)
    purchase = _lock_purchase_of(session)
    if purchase is None:
        return Outcome.ignored("Not a session of ours.")
    problem = _contradiction(session, purchase, payment)
    if problem:
        return _set_aside(purchase, problem)
    if purchase.status == Purchase.Status.PAID or not session.is_settled:
        _note_processing(purchase, session)
        return Outcome.processed(purchase=purchase, payment=payment)
    if payment is not None:
        try:
            facts.note_received(
                payment, currency=session.currency, unit_amount=session.amount_total
            )
        except facts.FactConflict as conflict:
            return _set_aside(purchase, str(conflict))
    lot = _grant(purchase, session=session, payment=payment, at=timezone.now())
    log.info("purchase_paid", extra={"purchase": str(purchase.uuid), "session": session.id})
    if payment is None:
        return Outcome.processed(purchase=purchase)
    return settling.settle_lot(lot, purchase=purchase, payment=payment)


@transaction.atomic
def fulfil_anyway(session: CheckoutSession, *, actor: str) -> Purchase:
    """
    Grant what a purchase promised though its session says something else; a person decided so.

    The same credits from the same source as `fulfil` would, so never a second time.

    :param session: as Stripe shows it now
    :raises CannotGrant: if nobody may decide so, with the reason in words
    """
    payment = _lock_payment_of(session)
    purchase = _lock_purchase_of(session)
    if purchase is None:
        raise CannotGrant("This session is of no purchase here.")
    if problem := _impediment(session, purchase, payment):
        raise CannotGrant(problem)
    if payment is not None:
        facts.note_received(payment, currency=session.currency, unit_amount=session.amount_total)
    lot = _grant(purchase, session=session, payment=payment, at=timezone.now(), actor=actor)
    log.info("purchase_granted_by_staff", extra={"purchase": str(purchase.uuid), "actor": actor})
    if payment is not None:
        settling.settle_lot(lot, purchase=purchase, payment=payment)
    return purchase


@transaction.atomic(savepoint=False)
def close(session: CheckoutSession, *, status: Purchase.Status, problem: str = "") -> Outcome:
    """Note a session that ended without money: EXPIRED, or FAILED where a bank did not pay."""
    purchase = _lock_purchase_of(session)
    if purchase is None:
        return Outcome.ignored("Not a session of ours.")
    if purchase.stripe_session_id not in {None, session.id}:
        return _set_aside(purchase, f"A second session {session.id} names this purchase.")
    if purchase.status == Purchase.Status.PAID:
        return Outcome.quarantined(
            f"Stripe says {status} of a purchase whose credits were granted.", purchase=purchase
        )
    if purchase.status != Purchase.Status.FAILED:
        purchase.stripe_session_id = session.id
        purchase.status = status
        purchase.problem = problem
        purchase.closed_at = timezone.now()
        purchase.checkout_url = ""
        purchase.save()
    return Outcome.processed(purchase=purchase)


def _lock_purchase_of(session: CheckoutSession) -> Purchase | None:
    """By the session's id; or by our uuid in it, where we crashed before writing the id down."""
    purchases = Purchase.objects.select_for_update(of=("self",)).select_related("account", "plan")
    purchase = purchases.filter(stripe_session_id=session.id).first()
    if purchase or not session.purchase_uuid:
        return purchase
    try:
        uuid = UUID(session.purchase_uuid)
    except ValueError:
        return None
    return purchases.filter(uuid=uuid).first()


def _lock_payment_of(session: CheckoutSession) -> Payment | None:
    if session.payment_intent_id is None:
        return None
    return facts.lock_payment(
        payment_intent_id=session.payment_intent_id, livemode=session.livemode
    )


def _contradiction(session: CheckoutSession, purchase: Purchase, payment: Payment | None) -> str:
    """Say in words for staff what does not fit together, or nothing."""
    if purchase.stripe_session_id not in {None, session.id}:
        return f"A second session {session.id} names this purchase."
    for name, found, promised in (
        ("mode", session.mode, "payment"),
        ("livemode", session.livemode, purchase.livemode),
        ("currency", session.currency, purchase.currency),
        ("amount_subtotal", session.amount_subtotal, purchase.unit_amount),
    ):
        if found != promised:
            return f"The session's {name} is {found}, the purchase's {promised}."
    is_new = purchase.status != Purchase.Status.PAID
    others = Purchase.objects.filter(payment=payment).exclude(pk=purchase.pk)
    for is_wrong, message in (
        (
            session.is_free and not purchase.allow_promotion_codes,
            "Nothing was to be paid, though the plan takes no promotion codes.",
        ),
        (session.is_paid and not payment, "The session is paid, but names no payment."),
        (payment and others.exists(), f"{payment} has already paid for another purchase."),
        (
            payment and purchase.payment_id not in {None, payment.pk},
            f"{payment} pays for a purchase that another payment has paid for already.",
        ),
        (
            is_new and purchase.account.user_id is None,
            "The person who bought is no longer known here.",
        ),
    ):
        if is_wrong:
            return message
    return ""


def _impediment(session: CheckoutSession, purchase: Purchase, payment: Payment | None) -> str:
    """Say in words why these credits cannot be granted, whoever wants it, or nothing."""
    others = Purchase.objects.filter(payment=payment).exclude(pk=purchase.pk)
    known_as = payment.currency if payment and payment.currency else session.currency
    for is_wrong, message in (
        (
            purchase.status == Purchase.Status.PAID,
            "The credits of this purchase were granted before.",
        ),
        (not session.is_settled, f"Stripe says that the session is {session.payment_status}."),
        (session.livemode != purchase.livemode, "The session is of the other mode."),
        (
            {session.currency, known_as} != {purchase.currency},
            "The money is in another currency: refunds could not be weighed against it.",
        ),
        (session.is_paid and not payment, "The session is paid, but names no payment."),
        (payment and others.exists(), f"{payment} has already paid for another purchase."),
        (purchase.account.user_id is None, "The person who bought is no longer known here."),
    ):
        if is_wrong:
            return message
    return ""


def _set_aside(purchase: Purchase, problem: str) -> Outcome:
    log.warning("purchase_set_aside", extra={"purchase": str(purchase.uuid), "problem": problem})
    Purchase.objects.filter(pk=purchase.pk).update(problem=problem)
    return Outcome.quarantined(problem, purchase=purchase)


def _note_processing(purchase: Purchase, session: CheckoutSession) -> None:
    """Only from the states before it: a bank's answer may have overtaken this."""
    waits = purchase.status in {Purchase.Status.PENDING, Purchase.Status.OPEN}
    if not waits or session.status != "complete":
        return
    purchase.stripe_session_id = session.id
    purchase.status = Purchase.Status.PROCESSING
    purchase.checkout_url = ""
    purchase.save(update_fields=["stripe_session_id", "status", "checkout_url"])


def _grant(
    purchase: Purchase,
    *,
    session: CheckoutSession,
    payment: Payment | None,
    at: datetime,
    actor: str = "stripe",
) -> Lot:
    days = purchase.valid_for_days
    lot = ledger.grant(
        account=purchase.account,
        credits=purchase.credits,
        source=f"purchase:{purchase.uuid}",
        kind=Lot.Kind.PURCHASE,
        expires_at=at + timedelta(days=days) if days else None,
        description=purchase.plan.name,
        metadata={"session": session.id},
        actor=actor,
    )
    # Staff may grant for a second session: the purchase stays the one of its first.
    purchase.stripe_session_id = purchase.stripe_session_id or session.id
    purchase.payment = payment
    purchase.lot = lot
    purchase.status = Purchase.Status.PAID
    purchase.paid_at = at
    purchase.closed_at = None
    purchase.problem = ""
    purchase.checkout_url = ""
    purchase.save(
        update_fields=[
            "stripe_session_id",
            "payment",
            "lot",
            "status",
            "paid_at",
            "closed_at",
            "problem",
            "checkout_url",
        ]
    )
    return lot
