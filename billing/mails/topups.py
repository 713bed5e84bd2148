"""What mails about automatic top-ups want; None where it is not true any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.models import OutgoingMail, TopUp, TopUpRule
from credits.models import Account


def charges(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Mapping[str, Any] | None:
    """Give the charges that mails tell of, paid or failed: that stays true."""
    topups = list(
        TopUp.objects.filter(pk__in=[mail.ids["topup"] for mail in mails], account=account)
        .select_related("purchase__plan", "card")
        .order_by("pk")
    )
    return {"topups": topups} if topups else None


def still_open(
    account: Account, mails: Sequence[OutgoingMail], at: datetime
) -> Mapping[str, Any] | None:
    """Give the charges that are to be tried again, while they are."""
    values = charges(account, mails, at)
    topups = [topup for topup in values["topups"] if topup.is_open] if values else []
    return {"topups": topups} if topups else None


def off(account: Account, mails: Sequence[OutgoingMail], at: datetime) -> Mapping[str, Any] | None:
    """Give the rule that is off, unless it was switched on again."""
    newest = mails[-1].ids
    rule = TopUpRule.objects.filter(pk=newest["rule"], consent=newest["consent"]).first()
    return {"rule": rule} if rule is not None and not rule.is_on else None
