from datetime import UTC, datetime

import pytest

from credits import allowances, ledger
from credits.models import Account, Lot
from tests.people import make_user

pytestmark = pytest.mark.django_db

MAY = datetime(2026, 5, 20, 12, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def free_credits(settings):
    settings.CREDITS_SIGNUP_GRANT = 20
    settings.CREDITS_SIGNUP_VALID_DAYS = 10
    settings.CREDITS_MONTHLY_ALLOWANCE = 100


@pytest.fixture
def account():
    return Account.objects.for_user(make_user())


class TestGive:
    def test_grants_the_signup_credits_and_the_months_allowance(self, account):
        signup, allowance = allowances.give(account=account, at=MAY)

        assert (signup.kind, signup.granted, signup.expires_at) == (
            "SIGNUP",
            20,
            MAY.replace(day=30),
        )
        assert (allowance.kind, allowance.granted, allowance.expires_at) == ("ALLOWANCE", 100, JUNE)

    def test_happens_once_in_a_month(self, account):
        allowances.give(account=account, at=MAY)

        assert allowances.give(account=account, at=MAY.replace(day=31)) == []
        assert len(allowances.give(account=account, at=JUNE)) == 1
        assert ledger.balance(account, at=JUNE) == 100

    def test_stands_when_the_amount_is_changed_afterwards(self, account, settings):
        allowances.give(account=account, at=MAY)
        settings.CREDITS_MONTHLY_ALLOWANCE = settings.CREDITS_SIGNUP_GRANT = 7

        assert allowances.give(account=account, at=MAY) == []

    def test_lasts_for_ever_unless_told(self, account, settings):
        settings.CREDITS_SIGNUP_VALID_DAYS = 0

        assert allowances.give(account=account, at=MAY)[0].expires_at is None

    def test_gives_nothing_unless_told(self, account, settings):
        settings.CREDITS_MONTHLY_ALLOWANCE = settings.CREDITS_SIGNUP_GRANT = 0

        assert allowances.give(account=account, at=MAY) == []
        assert allowances.give_all(at=MAY) == 0


class TestGiveAll:
    def test_finds_whoever_lacks_something(self, account):
        allowances.give(account=account, at=MAY)
        Account.objects.for_user(make_user())
        Account.objects.for_user(make_user(is_active=False))
        Account.objects.create()

        assert allowances.give_all(at=MAY) == 2
        assert allowances.give_all(at=MAY) == 0
        assert allowances.give_all(at=JUNE) == 2

    def test_looks_again_only_for_what_is_on_offer(
        self, account, settings, django_assert_num_queries
    ):
        settings.CREDITS_SIGNUP_GRANT = 0
        allowances.give_all(at=MAY)

        with django_assert_num_queries(1):
            assert allowances.give_all(at=MAY) == 0


class TestLoggingIn:
    def test_gives_what_is_free_at_once(self, client):
        client.force_login(make_user())

        assert Lot.objects.count() == 2
