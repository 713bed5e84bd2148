"""
What the ledger does in the background: plain functions for whatever queue or cron a project has.

Each is safe to run twice, and side by side with itself. None is needed for credits to be right:
what is due cannot be spent, swept or not.
"""

from credits import allowances, holds, ledger, notices


def expire() -> tuple[int, int]:
    """
    Take what is left of expired lots, and let holds go whose time is over: every 5 minutes.

    :returns: how many credits the lots still had, and how many holds
    """
    return ledger.expire(), holds.expire_holds()


def give_free() -> int:
    """
    Grant sign-up credits and the month's allowance to whoever lacks them: every 10 minutes.

    :returns: how many lots
    """
    return allowances.give_all()


def announce_expiring() -> int:
    """
    Send `signals.credits_expiring` for lots that expire soon, once each and day ahead: every hour.

    :returns: how many were announced
    """
    return notices.announce_expiring()
