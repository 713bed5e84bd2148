"""Mails to the holders of accounts, from `templates/email/`."""

from django.core.mail import send_mail
from django.template.loader import render_to_string

from billing import conf
from credits import conf as credits_conf
from credits import ledger
from credits.models import Account, Lot


def balance_low(*, account_id: int) -> None:
    """Say that a balance is low, unless it has recovered meanwhile or nobody is there to read."""
    account = Account.objects.select_related("user").get(pk=account_id)
    balance = ledger.balance(account)
    if balance < (credits_conf.low_balance() or 0):
        _send("email/balance_low", account, {"balance": balance})


def credits_expiring(*, lot_id: int) -> None:
    """Say that credits are about to expire, unless they were used meanwhile."""
    lot = Lot.objects.select_related("account__user").get(pk=lot_id)
    if lot.is_open:
        _send("email/credits_expiring", lot.account, {"lot": lot})


def _send(template: str, account: Account, values: dict[str, object]) -> None:
    if account.user is None or not account.user.email:
        return
    context = {
        "user": account.user,
        "site_name": conf.site_name(),
        "site_url": conf.site_url(),
        **values,
    }
    send_mail(
        subject=" ".join(render_to_string(f"{template}_subject.txt", context).split()),
        message=render_to_string(f"{template}_message.txt", context),
        from_email=None,
        recipient_list=[account.user.email],
    )
