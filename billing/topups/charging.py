"""
Charging what is queued: the row first, then Stripe, outside of any transaction.

A charge is claimed under the locks of its purchase, its rule and its row: there it is seen that the
rule is still on. An answer that never came is looked for by the purchase's uuid before anything is
tried again. One purchase has one PaymentIntent, which can be paid once, however often it is tried.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from billing import conf, stripe_gateway
from billing.models import Purchase, TopUp, TopUpRule
from billing.stripe_gateway.objects import PaymentIntent
from billing.topups import fulfilling, locking, months, outcomes, rules
from credits import ledger

log = logging.getLogger(__name__)

# Our clock and Stripe's may differ that much.
SKEW: Final = timedelta(hours=1)
# What a charge may take before somebody else may ask what became of it: longer than its calls.
LEAST_PATIENCE: Final = timedelta(minutes=1)
# When a bank that has not decided is asked again.
BANK_PATIENCE: Final = timedelta(hours=1)
# When it is looked again whether staff have decided on a warning of fraud.
HOLD_PATIENCE: Final = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to charge, as it was claimed."""

    topup: TopUp
    # Somebody has asked Stripe before, and the answer is not known here.
    is_unanswered: bool
    # The rule is on and nothing is on hold, so Stripe may be asked to charge.
    may_charge: bool
    # It waits for staff to decide: what is not at Stripe yet stays open here.
    is_on_hold: bool

    @property
    def purchase(self) -> Purchase:
        return self.topup.purchase

    @property
    def payment_intent_id(self) -> str | None:
        return self.topup.stripe_payment_intent_id


def charge_due(*, at: datetime | None = None) -> int:
    """
    Charge everything that is due, one after another; return how many were looked at.

    Side by side with itself, each is charged once. Where Stripe does not answer, the rest waits.
    """
    at = at or timezone.now()
    due = TopUp.objects.due(at=at, livemode=conf.livemode()).order_by("due_at", "pk")
    if not conf.top_ups():  # what was sent is looked for all the same
        due = due.filter(status=TopUp.Status.CHARGING)
    count = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            count += charge(pk, at=at)
        except (stripe_gateway.GatewayUnavailable, stripe_gateway.GatewayDenied) as error:
            log.warning("topup_outcome_unknown", extra={"topup": pk, "error": str(error)})
            break
    return count


def charge(topup_id: int, *, at: datetime | None = None) -> bool:
    """
    Charge one top-up, or find out what became of it; return whether there was anything to do.

    :raises GatewayUnavailable: if Stripe did not answer; the card may have been charged
    """
    at = at or timezone.now()
    attempt = _claim(topup_id, at=at)
    if not isinstance(attempt, Attempt):
        _after(attempt)
        return False
    try:
        intent = _ask(attempt)
    except stripe_gateway.GatewayDenied:
        raise
    except stripe_gateway.GatewayDeclined as error:
        _after(outcomes.declined(attempt.topup, error.decline, intent=error.intent, at=at))
    except stripe_gateway.GatewayRefused as error:
        _after(outcomes.refused(attempt.topup, error))
    else:
        _note(attempt, intent, at=at)
    return True


@transaction.atomic
def _claim(topup_id: int, *, at: datetime) -> Attempt | str | None:
    """
    Take a charge so that nobody else does; or close it where it must not happen any more.

    :returns: the attempt; the PaymentIntent that Stripe should forget; None for nothing to do
    """
    topup, rule = locking.lock(topup_id)
    if not topup.is_open or topup.due_at > at:
        return None
    reason = _why_not(topup, rule)
    is_unanswered = topup.status == TopUp.Status.CHARGING
    if not is_unanswered and (reason or not _is_below(rule, at=at)):
        return outcomes.call_off(topup)
    is_on_hold = not reason and topup.is_on_hold
    topup.due_at = at + (max(HOLD_PATIENCE, patience()) if is_on_hold else patience())
    if not is_unanswered and not is_on_hold:
        if not _moved_to(topup, rule, at=at):
            return outcomes.call_off(topup)
        topup.status = TopUp.Status.CHARGING
        topup.attempts += 1
        topup.card = rule.card
    topup.save()
    if is_on_hold and not is_unanswered:
        log.info("topup_on_hold", extra={"topup": topup.pk})
        return None
    return Attempt(
        topup=topup,
        is_unanswered=is_unanswered,
        may_charge=not reason and not is_on_hold,
        is_on_hold=is_on_hold,
    )


def patience() -> timedelta:
    """Tell how long a claim lasts: three calls and a margin."""
    return max(LEAST_PATIENCE, timedelta(seconds=4 * conf.timeout()))


def _why_not(topup: TopUp, rule: TopUpRule) -> str:
    """Say why this must not be charged, and switch the rule off where that is why."""
    if not conf.top_ups():
        return "not offered"
    if not rule.is_on:
        return "off"
    if rule.consent_id != topup.consent_id:
        return "agreed anew"
    if reason := rules.why_off(rule):
        rules.switch_off_locked(rule, reason=reason)
        return str(reason)
    if topup.stripe_payment_intent_id and topup.card.customer_id != rule.card.customer_id:
        return "another customer"  # whose card cannot pay this PaymentIntent
    return ""


def _is_below(rule: TopUpRule, *, at: datetime) -> bool:
    """Tell whether there is still something to top up: they may have bought by hand meanwhile."""
    return ledger.balance(rule.account, at) < rule.threshold


def _moved_to(topup: TopUp, rule: TopUpRule, *, at: datetime) -> bool:
    """Count a charge in the month in which it happens, if that has room for it."""
    month = months.month_of(at)
    if month == topup.month:
        return True
    try:
        months.reserve(topup.purchase, month=month, monthly_limit=rule.monthly_limit)
    except months.LimitReached:
        return False
    months.release(topup.purchase, month=topup.month)
    topup.month = month
    return True


def _ask(attempt: Attempt) -> PaymentIntent | None:
    """
    Have Stripe charge, after looking whether it has done so before.

    :returns: None where nothing was charged, and nothing may be
    """
    known = _find(attempt) if attempt.is_unanswered else None
    if known is not None and (known.is_paid or known.is_processing):
        return known
    if known is not None and attempt.topup.attempts == 1:
        return known  # declined: its only attempt
    if not attempt.may_charge or (known is not None and known.status == "canceled"):
        return None
    return _charge(attempt)


def _find(attempt: Attempt) -> PaymentIntent | None:
    if attempt.payment_intent_id:
        return stripe_gateway.retrieve_payment_intent(attempt.payment_intent_id)
    return stripe_gateway.find_payment_intent(
        purchase_uuid=str(attempt.purchase.uuid),
        customer_id=attempt.topup.card.customer.stripe_customer_id,
        since=attempt.purchase.created_at - SKEW,
    )


def _charge(attempt: Attempt) -> PaymentIntent:
    purchase, card = attempt.purchase, attempt.topup.card
    if attempt.payment_intent_id:
        return stripe_gateway.charge_again(
            payment_intent_id=attempt.payment_intent_id,
            payment_method_id=card.stripe_payment_method_id,
            key=f"{purchase.uuid}:{attempt.topup.attempts}",
        )
    return stripe_gateway.charge_saved_card(
        stripe_gateway.NewCharge(
            purchase_uuid=str(purchase.uuid),
            user_id=str(purchase.account.user_id),
            price_id=purchase.plan_price.stripe_price_id or "",
            customer_id=card.customer.stripe_customer_id,
            payment_method_id=card.stripe_payment_method_id,
            unit_amount=purchase.amount_subtotal,
            currency=purchase.currency,
            description=f"{conf.site_name()}: {purchase.plan.name}",
        )
    )


def _note(attempt: Attempt, intent: PaymentIntent | None, *, at: datetime) -> None:
    topup = attempt.topup
    if intent is None:
        if not attempt.is_on_hold:
            _after(outcomes.called_off(topup))
    elif intent.is_paid:
        fulfilling.fulfil(intent)
    elif intent.is_processing:
        fulfilling.fulfil(intent)
        outcomes.wait_for_bank(topup, intent=intent, due_at=at + BANK_PATIENCE)
    elif intent.decline is not None:
        _after(outcomes.declined(topup, intent.decline, intent=intent, at=at))
    else:
        _after(outcomes.needs_customer(topup, intent=intent))


def _after(payment_intent_id: str | None) -> None:
    """See to it that Stripe never takes what was given up here."""
    if payment_intent_id is None:
        return
    try:
        stripe_gateway.cancel_payment_intent(payment_intent_id)
    except stripe_gateway.GatewayError as error:
        log.warning(
            "payment_intent_not_canceled",
            extra={"payment_intent": payment_intent_id, "error": str(error)},
        )
