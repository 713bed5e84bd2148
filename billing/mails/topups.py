"""What mails about automatic top-ups want; None where it is not true any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from billing.models import OutgoingMail, Purchase, TopUp, TopUpRule
from credits import ledger
from credits.models import Account


def charges(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Mapping[str, Any] | None:
    """Give the charges that mails tell of: that they were paid stays true."""
    topups = _topups(account, mails)
    return {"topups": topups} if topups else None


def to_be_tried_again(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Mapping[str, Any] | None:
    """Give the charges that are to be tried again, while they are."""
    topups = [topup for topup in _wanted(account, mails, at) if topup.is_open]
    return {"topups": topups} if topups else None


def to_be_paid_by_hand(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Mapping[str, Any] | None:
    """Give the charges that their buyer should make by hand, unless they have paid since."""
    topups = [
        topup
        for topup in _wanted(account, mails, at)
        if topup.status == TopUp.Status.FAILED and not _has_paid_since(topup)
    ]
    return {"topups": topups} if topups else None


def off(account: Account, mails: Sequence[OutgoingMail], at: datetime) -> Mapping[str, Any] | None:
    """Give the rule that is off, unless it was switched on again."""
    newest = mails[-1].ids
    rule = TopUpRule.objects.filter(pk=newest["rule"], consent=newest["consent"]).first()
    return {"rule": rule} if rule is not None and not rule.is_on else None


def _wanted(account: Account, mails: Sequence[OutgoingMail], at: datetime) -> list[TopUp]:
    """List the charges whose rule still stands, and whose balance is still below its threshold."""
    balance = ledger.balance(account, at)
    return [
        topup
        for topup in _topups(account, mails)
        if topup.rule.is_on
        and topup.rule.consent_id == topup.consent_id
        and balance < topup.rule.threshold
    ]


def _topups(account: Account, mails: Sequence[OutgoingMail]) -> list[TopUp]:
    return list(
        TopUp.objects.filter(pk__in=[mail.ids["topup"] for mail in mails], account=account)
        .select_related("purchase__plan", "card", "rule")
        .order_by("pk")
    )


def _has_paid_since(topup: TopUp) -> bool:
    paid = Q(status=Purchase.Status.PAID, paid_at__gt=topup.created_at)
    on_its_way = Q(status=Purchase.Status.PROCESSING)
    return Purchase.objects.filter(paid | on_its_way, account=topup.account_id).exists()
