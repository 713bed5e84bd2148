"""People whom the ledger noticed something about."""

from datetime import timedelta

from django.test import override_settings
from django.utils import timezone

from credits import notices
from credits.models import Account
from tests.credits.factories import make_lot, make_spend
from tests.people import make_user


def make_low_balance(*, user=None):
    """An account with 6 credits left, noticed to be low."""
    account = Account.objects.for_user(user or make_user())
    with override_settings(CREDITS_LOW_BALANCE=10):
        make_lot(account=account, credits=10)
        make_spend(account=account, credits=4)
    return account


def make_expiring_lot(*, account=None, credits=10, days=7):
    """A lot that was noticed to expire in so many days, within the hour."""
    now = timezone.now()
    lot = make_lot(
        account=account or Account.objects.for_user(make_user()),
        credits=credits,
        at=now - timedelta(days=60),
        expires_at=now + timedelta(days=days) - timedelta(minutes=30),
    )
    notices.announce_expiring()
    return lot
