"""What a queue or cron runs: each job twice, and side by side with itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credits import audit, jobs, ledger, signals
from credits.models import Account, ExpiryNotice, Hold, Lot
from tests.credits.factories import make_account, make_hold, make_lot, movements
from tests.credits.test_races import together
from tests.people import make_user


def make_due():
    """An account with a lot and a hold whose time is over."""
    past = timezone.now() - timedelta(days=9)
    account = make_account(credits=10, at=past, expires_at=past + timedelta(days=1))
    make_hold(account=account, credits=4, at=past, lasts=timedelta(hours=1))
    return account


def make_expiring_lot():
    now = timezone.now()
    return make_lot(at=now - timedelta(days=60), expires_at=now + timedelta(days=6, hours=1))


@pytest.mark.django_db
class TestTwice:
    def test_expires_lots_and_holds_once(self):
        account = make_due()

        assert jobs.expire() == (6, 1)
        assert jobs.expire() == (0, 0)

        account.refresh_from_db()
        assert (account.balance, account.held) == (0, 0)

    def test_gives_what_is_free_once(self, settings):
        settings.CREDITS_MONTHLY_ALLOWANCE = 5
        account = Account.objects.for_user(make_user())

        assert [jobs.give_free(), jobs.give_free()] == [1, 0]
        assert ledger.balance(account) == 5

    def test_announces_credits_about_to_expire_once(self):
        make_expiring_lot()

        assert [jobs.announce_expiring(), jobs.announce_expiring()] == [1, 0]
        assert ExpiryNotice.objects.get().days == 7


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_expires_lots_and_holds_once(self):
        accounts = [make_due() for _ in range(5)]

        done = together(lambda _n: jobs.expire(), threads=4)

        assert [type(each) for each in done] == [tuple] * 4
        assert set(Hold.objects.values_list("status", flat=True)) == {"EXPIRED"}
        assert [sum(movements(account)) for account in accounts] == [0] * 5
        assert list(audit.faults()) == []

    def test_gives_what_is_free_once(self, settings):
        settings.CREDITS_SIGNUP_GRANT = 5
        accounts = [Account.objects.for_user(make_user()) for _ in range(5)]

        together(lambda _n: jobs.give_free(), threads=4)

        assert [movements(account) for account in accounts] == [[5]] * 5

    def test_announces_credits_about_to_expire_once(self):
        lots = [make_expiring_lot() for _ in range(5)]
        heard = []

        def listen(sender, lot, **values):
            heard.append(lot)

        signals.credits_expiring.connect(listen)
        try:
            told = together(lambda _n: jobs.announce_expiring(), threads=4)
        finally:
            signals.credits_expiring.disconnect(listen)

        assert sum(told) == 5
        assert sorted(lot.pk for lot in heard) == [lot.pk for lot in lots]
        assert Lot.objects.count() == ExpiryNotice.objects.count() == 5
