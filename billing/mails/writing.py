"""
What each kind of mail says. Asked anew when it is sent: whom, in which language, whether at all.

Texts stand in `templates/billing/mail/`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from billing import conf, users
from billing.mails import topups
from billing.models import OutgoingMail
from credits import conf as credits_conf
from credits import ledger
from credits.models import Account, Lot

Kind = OutgoingMail.Kind
Values = Mapping[str, Any]


def write(mails: list[OutgoingMail], *, at: datetime) -> EmailMessage | None:
    """
    Write what these mails have to tell as one: they are of one account and one kind.

    :returns: None if there is nothing to tell any more, or nobody to tell it to
    """
    first = mails[0]
    user = first.account.user
    if user is None or not user.is_active or not users.address(user):
        return None
    values = VALUES[Kind(first.kind)](first.account, mails, at)
    if values is None:
        return None
    context = {
        "user": user,
        "site_name": conf.site_name(),
        "site_url": conf.site_url(),
        **values,
    }
    with translation.override(users.language(user)), timezone.override(UTC):
        subject = render_to_string(f"billing/mail/{first.kind}_subject.txt", context)
        message = render_to_string(f"billing/mail/{first.kind}_message.txt", context)
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=message,
        to=[users.address(user)],
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<{first.kind}.{first.pk}@{urlsplit(conf.site_url()).hostname}>",
        },
    )


def _balance_low(account: Account, mails: list[OutgoingMail], at: datetime) -> Values | None:
    balance = ledger.balance(account, at)
    is_low = balance < (credits_conf.low_balance() or 0)
    return {"balance": balance} if is_low else None


def _credits_expiring(account: Account, mails: list[OutgoingMail], at: datetime) -> Values | None:
    lots = Lot.objects.open().filter(pk__in=[mail.ids["lot"] for mail in mails], expires_at__gt=at)
    return {"lots": lots} if lots else None


# What the templates of each kind want; None where it is not true any more.
VALUES: Final[Mapping[Kind, Callable[[Account, list[OutgoingMail], datetime], Values | None]]] = {
    Kind.BALANCE_LOW: _balance_low,
    Kind.CREDITS_EXPIRING: _credits_expiring,
    Kind.TOPUP_CHARGED: topups.charges,
    Kind.TOPUP_FAILED: topups.still_open,
    Kind.TOPUP_AUTHENTICATION: topups.charges,
    Kind.TOPUP_OFF: topups.off,
}
