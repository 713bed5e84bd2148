"""A month opens with what the one before closed with, in whatever order things were booked."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.models import StatementSeries
from billing.views import monthly_statement, paging
from billing.views.transactions import first_of_next
from credits import ledger
from credits.models import Account
from tests.credits.factories import make_lot, make_spend
from tests.people import make_user

pytestmark = pytest.mark.django_db

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
FIRST_OF_DECEMBER = datetime(2026, 12, 1, 9, tzinfo=UTC)
YESTERDAY = FIRST_OF_DECEMBER - timedelta(days=1)


@pytest.fixture
def account(client):
    with time_machine.travel(YESTERDAY - timedelta(days=10), tick=False):
        user = make_user()
        client.force_login(user)
        account = Account.objects.for_user(user)
        make_lot(account=account, credits=100)
    return account


def read(client, month, *, at=FIRST_OF_DECEMBER):
    with time_machine.travel(at, tick=False):
        client.force_login(Account.objects.get().user)
        return client.get(reverse("billing:statement", args=[month]))


def numbers(client, month, **kwargs):
    made = read(client, month, **kwargs).context["statement"]
    assert made.opening + sum(line.credits for line in made.lines) == made.closing
    return made.opening, made.closing


class TestStatement:
    def test_foots_when_something_is_dated_before_it_was_booked(self, client, account):
        make_spend(account=account, credits=10, at=FIRST_OF_DECEMBER)
        make_spend(account=account, credits=1, at=YESTERDAY)

        assert numbers(client, NOVEMBER) == (0, 99)
        assert numbers(client, DECEMBER) == (99, 89)

    def test_foots_when_a_host_is_ahead_at_the_end_of_a_month(self, client, account):
        midnight = FIRST_OF_DECEMBER.replace(hour=0)
        make_spend(account=account, credits=10, at=midnight + timedelta(seconds=15))
        make_spend(account=account, credits=1, at=midnight - timedelta(seconds=10))

        assert numbers(client, NOVEMBER) == (0, 99)
        assert numbers(client, DECEMBER) == (99, 89)

    def test_of_the_month_before_the_account_was_opened_is_there_if_anything_is_dated_in_it(
        self, client
    ):
        with time_machine.travel(FIRST_OF_DECEMBER, tick=False):
            account = Account.objects.for_user(make_user())
            make_lot(account=account, credits=100, at=YESTERDAY)

        assert read(client, DECEMBER).context["previous"] == NOVEMBER
        assert numbers(client, NOVEMBER) == (0, 100)
        assert numbers(client, DECEMBER) == (100, 100)
        assert read(client, date(2026, 10, 1)).status_code == 404

    def test_of_the_running_month_ends_with_the_balance_that_the_first_page_shows(
        self, client, account
    ):
        make_lot(account=account, credits=55, expires_at=FIRST_OF_DECEMBER, at=YESTERDAY)

        later = FIRST_OF_DECEMBER + timedelta(minutes=1)
        before = numbers(client, DECEMBER, at=later)
        ledger.expire(at=later)

        assert before == numbers(client, DECEMBER, at=later) == (155, 100)
        assert numbers(client, NOVEMBER, at=later) == (0, 155)

    def test_of_the_running_month_counts_what_has_begun_before_it_was_swept(self, client, account):
        make_lot(account=account, credits=40, starts_at=FIRST_OF_DECEMBER, at=YESTERDAY)
        make_lot(account=account, credits=7, expires_at=FIRST_OF_DECEMBER, at=YESTERDAY)

        later = FIRST_OF_DECEMBER + timedelta(minutes=1)
        before = read(client, DECEMBER, at=later).context["statement"]
        ledger.expire(at=later)
        after = read(client, DECEMBER, at=later).context["statement"]

        assert numbers(client, NOVEMBER, at=later) == (0, 107)
        assert (before.opening, before.closing) == (107, 140)
        assert [(line.term.slug, line.credits) for line in before.lines] == [
            (line.term.slug, line.credits) for line in after.lines
        ]

    @settings(deadline=None, max_examples=25)
    @given(days=st.lists(st.integers(-70, 20), max_size=8))
    def test_foots_whatever_the_order_of_dates(self, days):
        now = datetime(2027, 1, 20, tzinfo=UTC)
        account = Account.objects.for_user(make_user())
        make_lot(account=account, credits=100, at=now - timedelta(days=80))
        for amount, back in enumerate(days, start=1):
            make_spend(account=account, credits=amount, at=now + timedelta(days=back))

        opening, month = 0, date(2026, 10, 1)
        while month <= now.date():
            made = monthly_statement.statement(account, month=month, at=now)
            assert made.opening == opening
            assert made.closing == opening + sum(line.credits for line in made.lines)
            opening, month = made.closing, first_of_next(month)

        assert opening == ledger.balance(account, now)

    def test_names_who_sells_to_whom_and_its_number(self, client, account, settings):
        settings.BILLING_SELLER = "Example Ltd\n1 Main Street\n"
        account.user.first_name, account.user.last_name = "Ada", "Lovelace"
        account.user.save()

        shown = read(client, NOVEMBER)

        assert shown.context["seller"] == ["Example Ltd", "1 Main Street"]
        assert shown.context["buyer"] == ["Ada Lovelace", account.user.email]
        assert re.fullmatch("S-2026-11-[0-9A-F]{8}", shown.context["number"])

    def test_keeps_its_number_for_ever_and_tells_nothing_by_it(self, client, account):
        first = [read(client, month).context["number"] for month in (NOVEMBER, DECEMBER)]
        again = [read(client, month).context["number"] for month in (NOVEMBER, DECEMBER)]

        assert first == again
        assert [number[:10] for number in first] == ["S-2026-11-", "S-2026-12-"]
        assert first[0][10:] == first[1][10:]
        codes = {StatementSeries.objects.of(Account.objects.create()).code for _ in range(20)}
        assert len(codes) == 20
        assert sorted(codes) != [row.code for row in StatementSeries.objects.order_by("account")]

    def test_has_a_number_of_its_own_account_alone(self, account):
        code = StatementSeries.objects.of(account).code

        with pytest.raises(IntegrityError, match="statementseries_code_once"):
            StatementSeries.objects.create(account=Account.objects.create(), code=code)

    def test_names_the_site_where_no_seller_is_set(self, client, account, settings):
        settings.SITE_NAME, settings.SITE_CONTACT = "Acme", "hello@example.com"

        assert read(client, NOVEMBER).context["seller"] == ["Acme", "hello@example.com"]


class TestHistory:
    def test_follows_the_order_of_booking_with_its_balances(self, client, account):
        make_spend(account=account, credits=10, at=FIRST_OF_DECEMBER)
        make_spend(account=account, credits=1, at=YESTERDAY)

        rows = paging.page(
            account.transactions.order_by("-seq"), is_first=True, cursor=lambda row: str(row.seq)
        ).rows

        assert [(row.amount, row.balance_after) for row in rows] == [
            (-1, 89),
            (-10, 90),
            (100, 100),
        ]
