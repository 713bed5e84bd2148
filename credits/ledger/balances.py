"""What an account can spend at an instant, and the sweep of lots whose time is over."""

from datetime import datetime

from django.utils import timezone

from credits import functions
from credits.errors import UnknownAccount
from credits.functions import Balance, Due
from credits.models import Account
from credits.validation import check_account, check_instant


def balance(account: Account, at: datetime | None = None) -> int:
    """
    Count the credits that can be spent at an instant (default: now).

    :raises UnknownAccount: if the account is not there
    """
    check_account(account)
    check_instant(at)
    asked = Balance(account_id=account.pk, at=at or timezone.now())
    found = functions.balance.all(asked)
    if not found:
        raise UnknownAccount(str(account.pk))
    if found[0].is_due:
        return functions.balance_without_due(asked).balance
    return found[0].balance


def expire(*, at: datetime | None = None, batch: int = 500) -> int:
    """
    Sweep every account in which a lot is due, `batch` accounts to a transaction.

    Nothing depends on when this runs: due credits cannot be spent and are not shown before it.

    :param batch: how many accounts are locked together
    :returns: how many credits expired
    """
    at = at or timezone.now()
    total = 0
    while True:
        swept = functions.expire.all(Due(at=at, batch=batch))
        for account in swept:
            functions.check_time(account.refused, at)
            total += account.expired or 0
        if len(swept) < batch:
            return total
