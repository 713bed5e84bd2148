"""The month's end on a page."""

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing import month_end
from tests.credits import back_door
from tests.credits.factories import make_lot, make_spend
from tests.staff import log_in, make_colleague, queries_of

pytestmark = pytest.mark.django_db

MONTH_END = "admin:billing_month_end"


def show(query=None, *, group="Auditor"):
    return log_in(make_colleague(group)).get(reverse(MONTH_END), query)


class TestPage:
    def test_shows_this_month_by_plan_and_that_it_foots(self, shop):
        purchase = shop.sell(plan=shop.plan(name="Studio", credits=80, bonus_credits=20))
        make_spend(account=purchase.account, credits=30)
        make_lot(credits=7)

        text = show().text

        for shown in ("Studio", "$10.00", "-$3.00", "promotion", "It foots"):
            assert shown in text, shown
        assert "It is not over" in text

    def test_says_by_how_much_it_does_not_foot(self):
        lot = make_lot()
        back_door.open_back_door()
        back_door.write("UPDATE credits_lot SET spent = 7 WHERE id = %s", [lot.pk])

        text = show().text

        assert "It does not foot" in text
        assert "promotion does not foot: the closing is off by -7 credits." in text

    def test_shows_any_day_of_a_month_that_has_begun(self):
        make_lot()
        before = timezone.localdate().replace(day=1) - timedelta(days=1)

        assert "Nothing was outstanding" in show({"period": f"{before}"}).text
        assert "has begun" in show({"period": "2999-01"}).text
        assert "has begun" in show({"period": "<b>"}).text

    def test_may_be_had_as_a_file(self, shop):
        shop.sell()
        assert f'href="?period={timezone.localdate():%Y-%m}&amp;csv"' in show().text

        answer = show({"period": f"{timezone.localdate():%Y-%m}", "csv": ""})

        lines = list(csv.reader(answer.getvalue().decode().removeprefix("\ufeff").splitlines()))
        assert [line[4] for line in lines] == ["unit", "credits", "usd"]
        assert "month-end-" in answer.headers["Content-Disposition"]

    def test_is_for_those_who_see_credits_and_money(self):
        assert show(group="Catalog").status_code == 403
        assert show(group="Support").status_code == 200

    def test_takes_as_many_queries_for_many_lots_as_for_few(self, shop):
        client = log_in(make_colleague("Auditor"))
        shop.sell()
        few = queries_of(client, reverse(MONTH_END))
        for _ in range(3):
            shop.sell()

        assert queries_of(client, reverse(MONTH_END)) == few

    def test_leads_to_the_command_where_it_takes_too_long(self, monkeypatch):
        def slow(period, *, seconds):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', '50ms', true)")
                cursor.execute("SELECT pg_sleep(5)")

        monkeypatch.setattr(month_end, "add_up", slow)

        assert "manage.py month_end" in show().text
