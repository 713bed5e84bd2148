"""What the ledger does in the background: procrastinate's jobs, run by its worker."""

from typing import Any

from procrastinate.contrib.django import app

from credits import allowances, holds, ledger, mails, notices
from credits.models import Account, Lot


@app.periodic(cron="*/5 * * * *")
@app.task(name="credits.expire", lock="credits.expire", queueing_lock="credits.expire")
def expire(timestamp: int) -> None:
    """Sweep expired lots and holds. Only the books change: what is due could not be spent."""
    ledger.expire()
    holds.expire_holds()


@app.periodic(cron="*/10 * * * *")
@app.task(name="credits.give_free", lock="credits.give_free", queueing_lock="credits.give_free")
def give_free(timestamp: int) -> None:
    """Grant sign-up credits and the month's allowance to whoever lacks them."""
    allowances.give_all()


@app.periodic(cron="7 * * * *")
@app.task(name="credits.notice", lock="credits.notice", queueing_lock="credits.notice")
def notice_expiring(timestamp: int) -> None:
    """Tell people of credits that are about to expire."""
    notices.announce_expiring()


@app.task(name="credits.mail_balance_low")
def mail_balance_low(account_id: int) -> None:
    mails.balance_low(account_id=account_id)


@app.task(name="credits.mail_expiring")
def mail_expiring(lot_id: int) -> None:
    mails.credits_expiring(lot_id=lot_id)


def queue_mail_balance_low(*, account: Account, **_values: Any) -> None:
    mail_balance_low.defer(account_id=account.pk)


def queue_mail_expiring(*, lot: Lot, **_values: Any) -> None:
    mail_expiring.defer(lot_id=lot.pk)
