"""
A balance that has fallen below its threshold queues one purchase.

The facts decide, not the news: whoever is below, and has been above since their last top-up, is
queued by the job, and a moment after a spend already. Nobody outside is asked here.
"""

import logging
import time
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone

from billing import conf
from billing.models import Payment, Purchase, TopUp, TopUpRule
from billing.topups import months, rules
from credits import ledger
from credits.models import Account, CreditTransaction

log = logging.getLogger(__name__)

# Seconds for which a process believes what it knows of the thresholds.
REMEMBERED = 10.0


def sweep(*, at: datetime | None = None) -> int:
    """Queue a purchase for every rule whose balance has fallen; return how many are new."""
    if not conf.top_ups():
        return 0
    at = at or timezone.now()
    below = Q(account__balance__lt=F("threshold")) | Q(account__next_expiry_at__lte=at)
    is_open = TopUp.objects.open().filter(account=OuterRef("account"))
    found = (
        TopUpRule.objects.on(livemode=conf.livemode())
        .filter(below)
        .filter(~Exists(is_open))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return sum(queue(pk, at=at) is not None for pk in found)


@transaction.atomic
def queue(rule_id: int, *, at: datetime | None = None) -> TopUp | None:
    """
    Queue a purchase for one rule, once a fall, if its balance has fallen and the month allows it.

    :returns: None where there is nothing to queue
    """
    at = at or timezone.now()
    rule = (
        TopUpRule.objects.select_for_update(of=("self",))
        .select_related("account__user", "card__customer", "plan_price__plan", "consent")
        .get(pk=rule_id)
    )
    if not rule.is_on or TopUp.objects.open().filter(account=rule.account_id).exists():
        return None
    seq = fallen(rule, at=at)
    if seq is None or Payment.objects.on_hold(account_id=rule.account_id).exists():
        return None  # by a hold, a balance falls alone, and the card may be a stolen one
    if reason := rules.why_off(rule):
        rules.switch_off_locked(rule, reason=reason)
        return None
    if not getattr(rule.account.user, "is_active", True):
        return None
    return _queue(rule, seq=seq, at=at)


def fallen(rule: TopUpRule, *, at: datetime) -> int | None:
    """
    Tell at which transaction a balance is below its threshold, if that is not known already.

    It is, until the balance has been at the threshold again after the last top-up was queued.
    """
    seq = _last_seq(rule.account_id)
    if ledger.balance(rule.account, at) >= rule.threshold or seq != _last_seq(rule.account_id):
        return None  # or it moves at this moment: the next look will tell
    last = (
        TopUp.objects.filter(account=rule.account_id, consent=rule.consent_id)
        .order_by("-seq")
        .first()
    )
    if last is not None and not _recovered_since(last, threshold=rule.threshold):
        return None
    return seq


def react(sender: object, transaction: CreditTransaction, **kwargs: Any) -> None:
    """Receive `credits_spent`: a moment after a spend, without waiting for the job."""
    if transaction.balance_after >= _thresholds.highest():
        return
    rule = (
        TopUpRule.objects.on(livemode=conf.livemode())
        .filter(account=transaction.account_id, threshold__gt=transaction.balance_after)
        .first()
    )
    if rule is not None:
        queue(rule.pk)


def _queue(rule: TopUpRule, *, seq: int, at: datetime) -> TopUp | None:
    purchase = Purchase(
        account=rule.account,
        is_topup=True,
        **{**Purchase.snapshot_of(rule.plan_price), "allow_promotion_codes": False},
    )
    month = months.month_of(at)
    try:
        months.reserve(purchase, month=month, monthly_limit=rule.monthly_limit)
    except months.LimitReached:
        log.info("topup_limit_reached", extra={"rule": rule.pk})
        return None
    purchase.save()
    topup = TopUp.objects.create(
        purchase=purchase,
        account=rule.account,
        rule=rule,
        consent_id=rule.consent_id,
        card=rule.card,
        seq=seq,
        month=month,
        due_at=at,
    )
    log.info("topup_queued", extra={"topup": topup.pk, "purchase": str(purchase.uuid)})
    return topup


def _last_seq(account_id: int) -> int:
    return Account.objects.values_list("last_seq", flat=True).get(pk=account_id)


def _recovered_since(last: TopUp, *, threshold: int) -> bool:
    return CreditTransaction.objects.filter(
        account=last.account_id, seq__gt=last.seq, balance_after__gte=threshold
    ).exists()


class _Thresholds:
    """The highest threshold of all rules, so that hardly a spend asks the database about them."""

    def __init__(self) -> None:
        self._highest, self._read_at = 0, float("-inf")

    def highest(self) -> int:
        if time.monotonic() - self._read_at > REMEMBERED:
            rows = TopUpRule.objects.on(livemode=conf.livemode())
            self._highest = rows.aggregate(highest=Max("threshold"))["highest"] or 0
            self._read_at = time.monotonic()
        return self._highest

    def forget(self) -> None:
        self._read_at = float("-inf")


_thresholds = _Thresholds()


def forget_thresholds() -> None:
    """Look at the rules anew with the next spend of this process."""
    _thresholds.forget()
