"""
What the ledger does in the background: plain functions for whatever queue or cron a project has.

Each is safe to run twice, and side by side with itself. None is needed for credits to be right:
what is due cannot be spent, swept or not.
"""

from datetime import timedelta
from typing import Final

from credits import allowances, holds, ledger, notices
from credits.schedule import Job


def expire() -> tuple[int, int]:
    """
    Take what is left of expired lots, let holds go whose time is over, and tell of what was lost.

    :returns: how many credits the lots still had, and how many holds
    """
    swept = ledger.expire(), holds.expire_holds()
    notices.announce_expired()
    return swept


def give_free() -> int:
    """
    Grant sign-up credits and the month's allowance to whoever lacks them.

    :returns: how many lots
    """
    return allowances.give_all()


def announce_expiring() -> int:
    """
    Send `signals.credits_expiring` for lots that expire soon, once each and day ahead.

    :returns: how many were announced
    """
    return notices.announce_expiring()


SCHEDULE: Final = (
    Job(expire, every=timedelta(minutes=5)),
    Job(give_free, every=timedelta(minutes=10)),
    Job(announce_expiring, every=timedelta(hours=1), offset=timedelta(minutes=7)),
)
