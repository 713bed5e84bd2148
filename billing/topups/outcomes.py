"""
What became of a charge that was not paid: tried again, given up, or called off.

Each verb locks, and does nothing where somebody else has noted it already. It
returns the PaymentIntent that Stripe should forget, if there is one.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from billing import signals, stripe_gateway, wording
from billing.models import OutgoingMail, Purchase, SavedCard, TopUp, TopUpRule
from billing.settlement import news
from billing.stripe_gateway.objects import Decline, PaymentIntent
from billing.topups import locking, months, rules
from billing.topups.rules import OffReason
from billing.users import customers
from credits.signals import announce

log = logging.getLogger(__name__)

Kind = OutgoingMail.Kind
# A declined card is tried again after these, then no more.
PAUSES: Final = (timedelta(hours=1), timedelta(days=1))


@transaction.atomic
def declined(
    topup: TopUp, decline: Decline, *, intent: PaymentIntent | None, at: datetime
) -> str | None:
    """Note that a bank said no, and what follows for the rule."""
    locked = _locked(topup)
    if locked is None:
        return None
    topup, rule = locked
    topup.decline_code = decline.name[:64]
    if intent is not None:
        topup.stripe_payment_intent_id = intent.id
    log.info("topup_declined", extra={"topup": topup.pk, "decline_code": decline.name})
    if decline.needs_customer:
        return _ask_customer(topup)
    if not _is_agreed(topup, rule):
        return _fail(topup)
    if decline.has_expired:
        return _fail_for_good(topup, rule, reason=OffReason.EXPIRED)
    if decline.is_final or topup.attempts > len(PAUSES):
        return _fail_for_good(topup, rule, reason=OffReason.DECLINED)
    topup.status = TopUp.Status.WAITING
    topup.due_at = at + PAUSES[topup.attempts - 1]
    topup.save()
    if topup.attempts == 1:
        _post(Kind.TOPUP_FAILED, topup)
    return None


@transaction.atomic
def needs_customer(topup: TopUp, *, intent: PaymentIntent) -> str | None:
    """Note a PaymentIntent that waits for its customer, who is not there: they pay by hand."""
    locked = _locked(topup)
    if locked is None:
        return None
    topup, _rule = locked
    topup.stripe_payment_intent_id = intent.id
    return _ask_customer(topup)


@transaction.atomic
def refused(topup: TopUp, error: stripe_gateway.GatewayRefused) -> str | None:
    """Note that Stripe refused to charge at all: the card is gone, or something else is wrong."""
    locked = _locked(topup)
    if locked is None:
        return None
    topup, rule = locked
    topup.purchase.problem = wording.code("stripe_said", message=error)
    log.error("topup_refused", extra={"topup": topup.pk, "error": str(error), "code": error.code})
    if error.param == "customer":
        customers.mark_missing(topup.card.customer.stripe_customer_id)
    if error.param not in {"customer", "payment_method"}:
        return _fail_for_good(
            topup,
            rule,
            reason=OffReason.REFUSED,
            note=wording.code("stripe_said", message=str(error)[:150]),
        )
    now = timezone.now()
    SavedCard.objects.filter(pk=topup.card_id, removed_at=None).update(removed_at=now)
    return _fail_for_good(topup, rule, reason=OffReason.CARD_REMOVED)


@transaction.atomic
def called_off(topup: TopUp) -> str | None:
    """Note that nothing was charged, and nothing may be: the rule is off by now."""
    locked = _locked(topup)
    if locked is None:
        return None
    return call_off(locked[0])


def call_off(topup: TopUp) -> str | None:
    """Close a charge that was not made; the caller has locked it."""
    _close(topup, status=TopUp.Status.CANCELED, purchase_status=Purchase.Status.EXPIRED)
    log.info("topup_canceled", extra={"topup": topup.pk})
    return topup.stripe_payment_intent_id


@transaction.atomic
def wait_for_bank(topup: TopUp, *, intent: PaymentIntent, due_at: datetime) -> None:
    """Note that a bank has not decided yet."""
    locked = _locked(topup)
    if locked is not None:
        topup = locked[0]
        topup.stripe_payment_intent_id, topup.due_at = intent.id, due_at
        topup.save(update_fields=["stripe_payment_intent_id", "due_at"])


def _locked(topup: TopUp) -> tuple[TopUp, TopUpRule] | None:
    """Lock a charge, unless its attempt was noted already."""
    locked, rule = locking.lock(topup.pk)
    if locked.status != TopUp.Status.CHARGING or locked.attempts != topup.attempts:
        return None
    return locked, rule


def _is_agreed(topup: TopUp, rule: TopUpRule) -> bool:
    return rule.is_on and rule.consent_id == topup.consent_id


def _ask_customer(topup: TopUp) -> str | None:
    _post(Kind.TOPUP_AUTHENTICATION, topup)
    return _fail(topup)


def _fail_for_good(
    topup: TopUp, rule: TopUpRule, *, reason: OffReason, note: str = ""
) -> str | None:
    if _is_agreed(topup, rule):
        rules.switch_off_locked(rule, reason=reason, note=note)
    return _fail(topup)


def _fail(topup: TopUp) -> str | None:
    _close(topup, status=TopUp.Status.FAILED, purchase_status=Purchase.Status.FAILED)
    announce(signals.purchase_failed, Purchase, purchase=topup.purchase)
    return topup.stripe_payment_intent_id


def _close(topup: TopUp, *, status: TopUp.Status, purchase_status: Purchase.Status) -> None:
    now = timezone.now()
    topup.status, topup.closed_at, topup.is_counted = status, now, False
    topup.save()
    months.release(topup.purchase, month=topup.month)
    purchase = topup.purchase
    purchase.status, purchase.closed_at = purchase_status, now
    purchase.save(update_fields=["status", "closed_at", "problem"])


def _post(kind: OutgoingMail.Kind, topup: TopUp) -> None:
    news.queue_mail(kind, account_id=topup.account_id, fact=topup.pk, topup=topup.pk)
