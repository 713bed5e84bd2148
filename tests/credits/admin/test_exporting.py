"""Lists of the ledger as files: all that is filtered, in a form that programs read."""

import csv
import tracemalloc
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from credits import adjustments, ledger
from credits.admin import exporting, exports
from credits.ledger import Spend
from credits.models import Account, AdjustmentRequest, CreditTransaction, Hold, Lot, Movement
from tests.credits.factories import make_account, make_hold, make_lot, make_spend, unique
from tests.people import make_user
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

LISTS = [Account, Lot, CreditTransaction, Movement, Hold, AdjustmentRequest]


def export(client, model, query=None):
    answer = client.get(page(model, "export"), query)
    assert answer.status_code == 200
    return answer.getvalue().decode()


def rows(client, model, query=None):
    return list(csv.DictReader(export(client, model, query).removeprefix("\ufeff").splitlines()))


@pytest.fixture
def support():
    return log_in(make_colleague("Support"))


@pytest.fixture
def lot():
    """Give a lot of somebody who spent, holds and asked for more."""
    account = Account.objects.for_user(make_user(email="ada@example.com"))
    lot = make_lot(account=account, credits=100)
    make_spend(account=account, credits=7, description="=1+1")
    make_hold(account=account, credits=5)
    adjustments.ask(account=account, credits=3, reason="Goodwill", asked_by="staff:1", key="k")
    return lot


def spend_often(account, times):
    ledger.spend_many([Spend(account=account, credits=1, key=unique("k")) for _ in range(times)])


class TestEveryList:
    @pytest.mark.parametrize("model", LISTS)
    def test_has_a_button_and_a_file_of_all_its_rows(self, support, lot, model):
        lines = rows(support, model)

        assert len(lines) == model.objects.count() > 0
        assert {line["account"] for line in lines} == {str(lot.account_id)}
        assert {line["address"] for line in lines} == {"ada@example.com"}
        assert page(model, "export") in support.get(page(model)).text

    @pytest.mark.parametrize("model", LISTS)
    def test_takes_as_many_queries_for_many_rows_as_for_few(self, support, lot, model):
        few = queries_of(support, page(model, "export"))
        for _ in range(3):
            make_hold(account=lot.account, credits=1)
            make_lot(account=lot.account)

        assert queries_of(support, page(model, "export")) == few

    @pytest.mark.parametrize("model", LISTS)
    def test_is_for_those_who_may_see_it(self, lot, model):
        address = page(model, "export")

        assert log_in(make_colleague("Catalog")).get(address).status_code == 403
        assert Client().get(address).status_code == 302


class TestWhatIsFiltered:
    def test_is_what_is_in_the_file(self, support, lot):
        lines = rows(support, CreditTransaction, {"kind__exact": "SPEND"})

        assert [(line["kind"], line["amount"]) for line in lines] == [("SPEND", "-7")]

    def test_may_be_what_was_searched_for(self, support, lot):
        make_lot()

        assert [line["id"] for line in rows(support, Lot, {"q": "ada@"})] == [str(lot.pk)]

    def test_is_what_the_button_of_the_list_leads_to(self, support, lot):
        shown = support.get(page(CreditTransaction), {"kind__exact": "SPEND", "q": "ada@"}).text

        assert f'{page(CreditTransaction, "export")}?kind__exact=SPEND&amp;q=ada%40"' in shown

    def test_goes_beyond_the_rows_that_a_list_counts(self, support, monkeypatch):
        monkeypatch.setattr("credits.admin.readonly.COUNTED_ROWS", 10)
        account = make_account(credits=50)
        spend_often(account, 40)

        assert len(rows(support, CreditTransaction)) == 41

    def test_leads_back_to_the_list_where_it_cannot_be(self, support, lot):
        answer = support.get(page(CreditTransaction, "export"), {"nothing": "1"})

        assert answer.headers["Location"] == f"{page(CreditTransaction)}?e=1"


class TestCells:
    def test_are_raw_and_in_utc(self, support, settings):
        settings.TIME_ZONE = "Asia/Shanghai"
        at = datetime(2026, 10, 1, 0, 30, tzinfo=UTC)
        lot = make_lot(credits=1234567, at=at)

        [line] = rows(support, Lot)

        assert (line["id"], line["granted"]) == (str(lot.pk), "1234567")
        assert line["created_at"] == "2026-10-01T00:30:00+00:00"
        assert line["expires_at"] == ""
        assert line["kind"] == "PROMOTION"

    @pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
    def test_run_as_no_formula(self, support, first):
        lot = make_lot()
        make_spend(account=lot.account, description=f"{first}cmd|' /C calc'!A0")

        text = export(support, CreditTransaction)

        assert text.startswith("\ufeff")
        assert f"\"'{first}cmd" in text

    def test_keep_what_the_host_noted(self, support):
        lot = make_lot()
        make_spend(account=lot.account, metadata={"page": 3, "title": "Überblick"})

        assert (
            rows(support, CreditTransaction)[0]["metadata"] == '{"page": 3, "title": "Überblick"}'
        )


class TestManyRows:
    def test_are_fetched_as_they_are_read(self, monkeypatch):
        monkeypatch.setattr(exporting, "BATCH", 100)
        account = make_account(credits=1000)
        spend_often(account, 500)

        lines = exporting.lines(CreditTransaction.objects.order_by("-pk"), exports.transactions())
        next(lines)
        next(lines)

        with connection.cursor() as cursor:
            cursor.execute("FETCH FORWARD 1000 FROM " + self._the_cursor(cursor))
            assert cursor.rowcount == 401
        assert len(list(lines)) == 99

    def test_take_no_more_memory_than_few(self, monkeypatch):
        monkeypatch.setattr(exporting, "BATCH", 200)
        account = make_account(credits=10_000)
        peaks = []
        for more in (1_000, 7_000):
            spend_often(account, more)
            tracemalloc.start()
            read = exporting.lines(
                CreditTransaction.objects.order_by("-pk"), exports.transactions()
            )
            assert sum(1 for _line in read) > more
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

        assert peaks[1] < 2 * peaks[0]

    def _the_cursor(self, cursor):
        cursor.execute("SELECT name FROM pg_cursors WHERE statement LIKE '%credits_credittra%'")
        [[name]] = cursor.fetchall()
        return f'"{name}"'


class TestListsThatAreNoMoney:
    def test_have_no_file(self):
        staff = log_in(make_user(is_staff=True, is_superuser=True))
        unexported = [
            model
            for model, model_admin in admin.site._registry.items()  # noqa: SLF001
            if getattr(model_admin, "is_exported", None) is False
        ]

        assert unexported
        for model in unexported:
            assert staff.get(page(model, "export")).status_code == 404
            assert page(model, "export") not in staff.get(page(model)).text
