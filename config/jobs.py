"""
Which function runs when, in procrastinate: `manage.py procrastinate worker` runs them.

A periodic job is queued once, and at most one of its name runs at a time.
"""

from typing import Any

from django.dispatch import receiver
from procrastinate.contrib.django import app

from billing import jobs as billing_jobs  # noqa: F401 (registers its own)
from billing import mails
from credits import jobs, signals
from credits.models import Account, Lot


@app.periodic(cron="*/5 * * * *")
@app.task(name="credits.expire", lock="credits.expire", queueing_lock="credits.expire")
def expire(timestamp: int) -> None:
    jobs.expire()


@app.periodic(cron="*/10 * * * *")
@app.task(name="credits.give_free", lock="credits.give_free", queueing_lock="credits.give_free")
def give_free(timestamp: int) -> None:
    jobs.give_free()


@app.periodic(cron="7 * * * *")
@app.task(name="credits.notice", lock="credits.notice", queueing_lock="credits.notice")
def announce_expiring(timestamp: int) -> None:
    jobs.announce_expiring()


@app.task(name="credits.mail_balance_low")
def mail_balance_low(account_id: int) -> None:
    mails.balance_low(account_id=account_id)


@app.task(name="credits.mail_expiring")
def mail_expiring(lot_id: int) -> None:
    mails.credits_expiring(lot_id=lot_id)


@receiver(signals.balance_low)
def queue_mail_balance_low(*, account: Account, **_values: Any) -> None:
    mail_balance_low.defer(account_id=account.pk)


@receiver(signals.credits_expiring)
def queue_mail_expiring(*, lot: Lot, **_values: Any) -> None:
    mail_expiring.defer(lot_id=lot.pk)
