"""
Fulfilment: a paid Checkout Session becomes credits, once.

Webhook, success page and reconciliation call the same verb with a session that came from Stripe.
The Purchase says who gets what; the session only proves that it was paid.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from billing import conf, invoices, signals, stripe_gateway, wording
from billing.models import OutgoingMail, Payment, Purchase
from billing.models.amounts import FIELDS as AMOUNTS
from billing.settlement import facts, granting, money, news, session_rules
from billing.settlement.facts import PaymentName
from billing.settlement.session_case import Case
from billing.settlement.settling import Outcome
from billing.stripe_gateway.objects import CheckoutSession
from billing.users import Staff, buyers, permissions

log = logging.getLogger(__name__)


class CannotGrant(Exception):
    """Nothing was granted, and nobody may decide otherwise. The message says why."""


def refresh(purchase: Purchase) -> Purchase:
    """
    Ask Stripe about a purchase that still waits, and fulfil it when it is paid.

    :raises GatewayError: if Stripe did not tell; nothing has changed then
    """
    if purchase.is_waiting and purchase.stripe_session_id:
        try:
            session = stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)
        except stripe_gateway.GatewayMissing:
            if not _let_go(purchase):
                raise
        else:
            if session.status == "expired":
                close(session, status=Purchase.Status.EXPIRED)
            else:
                fulfil(session)
        purchase.refresh_from_db()
    return purchase


def _let_go(purchase: Purchase) -> bool:
    """
    Close a purchase whose page Stripe has no more, as after a move to another account.

    Should Stripe tell of its payment all the same, it is granted. One that a bank has is left to a
    person, and so is one of the other mode, which this key does not see.
    """
    if purchase.livemode != conf.livemode() or not purchase.is_at_checkout:
        return False
    Purchase.objects.filter(pk=purchase.pk, status__in=Purchase.AT_CHECKOUT).update(
        status=Purchase.Status.EXPIRED, closed_at=timezone.now(), checkout_url=""
    )
    log.warning(
        "session_missing",
        extra={"purchase": str(purchase.uuid), "session": purchase.stripe_session_id},
    )
    return True


@transaction.atomic(savepoint=False)
def fulfil(session: CheckoutSession) -> Outcome:
    """
    Grant what a paid session's purchase promised; note that one is complete but not yet paid.

    Safe to call at any time and any number of times, from several places at once.
    https://docs.stripe.com/checkout/fulfillment

    :returns: processed, with the purchase; ignored for a session that is not of this site;
        quarantined where it breaks one of the session's rules
    """
    payment = _lock_payment_of(session)
    purchase = _lock_purchase_of(session)
    if purchase is None:
        if payment is not None and payment.is_new:
            facts.let_go(payment)
        return Outcome.ignored(wording.code("not_our_session"))
    _note_waiting(purchase, payment)
    case = Case(session=session, purchase=purchase, payment=payment)
    for broken in session_rules.contradictions(case):
        return _set_aside(purchase, broken.reason)
    if purchase.is_paid or not session.is_settled:
        _note_processing(purchase, session)
        return Outcome.processed(purchase=purchase, payment=payment)
    outcome = _grant(case, at=timezone.now())
    log.info("purchase_paid", extra={"purchase": str(purchase.uuid), "session": session.id})
    return outcome


@transaction.atomic
def fulfil_anyway(session: CheckoutSession, *, by: Staff) -> Purchase:
    """
    Grant what a purchase promised though its session says something else; a person decided so.

    The same credits from the same source as `fulfil` would, so never a second time.

    :param session: as Stripe shows it now
    :raises PermissionDenied: if this person may not decide
    :raises CannotGrant: if nobody may decide so; the message says why
    """
    permissions.require(by, permissions.RESOLVE_EVENT)
    payment = _lock_payment_of(session)
    purchase = _lock_purchase_of(session)
    if purchase is None:
        raise CannotGrant("This session is of no purchase here.")
    _note_waiting(purchase, payment)
    case = Case(session=session, purchase=purchase, payment=payment)
    if reason := why_not(case):
        raise CannotGrant(reason)
    _grant(case, at=timezone.now(), actor=f"staff:{by.pk}")
    log.info("purchase_granted_by_staff", extra={"purchase": str(purchase.uuid), "by": str(by.pk)})
    return purchase


def why_not(case: Case) -> str:
    """Say why nobody may grant the credits of a purchase for this session, or nothing."""
    if case.purchase.is_paid:
        return wording.say(wording.code("granted_before"))
    return next((broken.message for broken in session_rules.impediments(case)), "")


@transaction.atomic(savepoint=False)
def close(session: CheckoutSession, *, status: Purchase.Status, problem: str = "") -> Outcome:
    """
    Note a session that ended without money: EXPIRED, or FAILED where a bank did not pay.

    :param problem: what staff are shown
    :returns: processed; ignored for a session that is not of this site; quarantined where the
        credits were granted, or for a second session
    """
    purchase = _lock_purchase_of(session)
    if purchase is None:
        return Outcome.ignored(wording.code("not_our_session"))
    case = Case(session=session, purchase=purchase, payment=None)
    for broken in session_rules.strangeness(case):
        if case.is_claimed:
            return _set_aside(purchase, broken.reason)
    if purchase.is_paid:
        return Outcome.quarantined(
            wording.code("ended_after_grant", status=status.value), purchase=purchase
        )
    if purchase.status != Purchase.Status.FAILED:
        purchase.stripe_session_id = session.id
        purchase.status = status
        purchase.problem = problem
        purchase.closed_at = timezone.now()
        purchase.checkout_url = ""
        purchase.save()
        if status == Purchase.Status.FAILED:
            news.announce(signals.purchase_failed, purchase=purchase)
    return Outcome.processed(purchase=purchase)


def _lock_purchase_of(session: CheckoutSession) -> Purchase | None:
    """By the session's id; or by our uuid in it, where we crashed before writing the id down."""
    payment = session.payment_intent_id
    purchase = granting.lock(stripe_session_id=session.id, payment_intent_id=payment)
    if purchase or session.purchase_key is None:
        return purchase
    purchase = granting.lock(uuid=session.purchase_key, payment_intent_id=payment)
    return None if purchase and purchase.is_topup else purchase


def _lock_payment_of(session: CheckoutSession) -> Payment | None:
    if session.payment_intent_id is None:
        return None
    return facts.lock_payment(
        PaymentName(payment_intent_id=session.payment_intent_id, livemode=session.livemode),
        received=facts.received_by(session) if session.is_paid else None,
    )


def _note_waiting(purchase: Purchase, payment: Payment | None) -> None:
    if payment is not None and purchase.has_news:
        money.note_waiting(payment)


def _set_aside(purchase: Purchase, problem: str) -> Outcome:
    log.warning("purchase_set_aside", extra={"purchase": str(purchase.uuid), "problem": problem})
    Purchase.objects.filter(pk=purchase.pk).update(problem=problem)
    return Outcome.quarantined(problem, purchase=purchase)


def _note_processing(purchase: Purchase, session: CheckoutSession) -> None:
    """Only from the states before it: a bank's answer may have overtaken this."""
    if not purchase.is_at_checkout or session.status != "complete":
        return
    purchase.stripe_session_id = session.id
    purchase.status = Purchase.Status.PROCESSING
    purchase.checkout_url = ""
    purchase.save(update_fields=["stripe_session_id", "status", "checkout_url"])
    news.queue_mail(
        OutgoingMail.Kind.PAYMENT_PROCESSING,
        account_id=purchase.account_id,
        fact=purchase.pk,
        purchase=purchase.pk,
    )


def _grant(case: Case, *, at: datetime, actor: str = "stripe") -> Outcome:
    """Open the lot, and take back at once what its payment does not pay for any more."""
    session, purchase, payment = case.session, case.purchase, case.payment
    if payment is not None:
        facts.note_received(facts.received_by(session), payment=payment)
    purchase.problem = "" if case.is_claimed else _disagreement(case)
    # Staff may grant for a second session: the purchase stays the one of its first.
    purchase.stripe_session_id = purchase.stripe_session_id or session.id
    if session.invoice_id:
        invoices.name(purchase, session.invoice_id)
    if purchase.may_be_taxed or conf.asks_who_buys():
        buyers.keep(session.buyer, purchase=purchase)
    return granting.grant(
        purchase,
        payment=payment,
        amounts={name: getattr(session, name) for name in AMOUNTS},
        at=at,
        actor=actor,
        metadata={"session": session.id},
    )


def _disagreement(case: Case) -> str:
    """Say for staff where a session that our row names says something else of itself."""
    found = "\n".join(broken.reason for broken in session_rules.strangeness(case))
    if found:
        log.warning(
            "session_disagrees", extra={"purchase": str(case.purchase.uuid), "problem": found}
        )
    return found
