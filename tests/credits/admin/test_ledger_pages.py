"""The ledger as staff see it: everything to read, nothing to write, and never slow."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib import admin
from django.utils import timezone
from django.utils.html import strip_tags

from credits import holds, write_offs
from credits.admin import readonly
from credits.models import Account, CreditTransaction, Hold, Lot, Movement
from tests.credits.factories import make_lot, make_spend, set_target
from tests.people import make_staff, make_user
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

LEDGER = [Account, Lot, CreditTransaction, Movement, Hold]


def make_history(*, people=1):
    """Accounts with a grant, a spend and a hold each."""
    for _ in range(people):
        account = Account.objects.for_user(make_user())
        make_lot(account=account, credits=100)
        make_spend(account=account, credits=30)
        holds.hold(account=account, credits=20, key="work")


class TestReading:
    @pytest.mark.parametrize("model", LEDGER)
    def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(self, model):
        client = log_in(make_colleague("Support"))
        make_history(people=2)
        client.get(page(model))
        few = queries_of(client, page(model))

        make_history(people=10)

        assert queries_of(client, page(model)) == few

    @pytest.mark.parametrize("model", LEDGER)
    def test_support_sees_each_row(self, model):
        client = log_in(make_colleague("Support"))
        make_history()

        response = client.get(page(model, "change", model.objects.latest("pk").pk))

        assert response.status_code == 200
        assert 'name="_save"' not in response.text

    @pytest.mark.parametrize("model", LEDGER)
    def test_catalog_sees_none(self, model):
        client = log_in(make_colleague("Catalog"))

        assert client.get(page(model)).status_code == 403

    def test_an_account_shows_what_can_be_spent_and_where_it_came_from(self):
        client = log_in(make_colleague("Support"))
        account = Account.objects.for_user(make_user(email="ada@example.com"))
        make_lot(account=account, credits=1000)
        make_lot(account=account, credits=500, expires_at=timezone.now() - timedelta(seconds=1))

        shown = client.get(page(Account, "change", account.pk)).text

        assert ">1,000<" in shown
        for model in (Lot, CreditTransaction, Movement, Hold):
            assert f"{page(model)}?account__id__exact={account.pk}" in shown

    def test_an_account_takes_as_many_queries_for_a_long_history_as_for_a_short_one(self):
        client = log_in(make_colleague("Support"))
        make_history()
        account = Account.objects.get()
        url = page(Account, "change", account.pk)
        client.get(url)
        short = queries_of(client, url)

        for _ in range(15):
            make_lot(account=account, credits=10)

        assert queries_of(client, url) == short


class TestWriting:
    @pytest.mark.parametrize("model", LEDGER)
    def test_nobody_adds_changes_or_deletes_a_row(self, model):
        client = log_in(make_staff())
        make_history()
        row = model.objects.latest("pk")
        model_admin = admin.site.get_model_admin(model)

        answers = [
            client.get(page(model, "add")),
            client.post(page(model, "change", row.pk), {"balance": 5, "granted": 5, "amount": 5}),
            client.post(page(model, "delete", row.pk), {"post": "yes"}),
            client.post(page(model), {"action": "delete_selected", "_selected_action": row.pk}),
        ]

        assert [answer.status_code for answer in answers[:3]] == [403, 403, 403]
        assert not model_admin.actions
        assert model.objects.filter(pk=row.pk).exists()


class TestFollowing:
    def test_a_list_of_one_account_says_so_and_offers_all_again(self):
        client = log_in(make_colleague("Support"))
        make_history(people=2)
        account = Account.objects.earliest("pk")

        shown = client.get(page(Lot), {"account__id__exact": account.pk})

        assert [lot.account for lot in shown.context["cl"].result_list] == [account]
        assert 'href="?">All</a>' in shown.text.replace("\n", "")

    @pytest.mark.parametrize("value", ["x", "-1", str(2**80), "999999"])
    def test_a_list_of_no_account_is_empty(self, value):
        client = log_in(make_colleague("Support"))
        make_history()

        shown = client.get(page(Lot), {"account__id__exact": value})

        assert list(shown.context["cl"].result_list) == []

    def test_an_account_shows_what_it_owes(self):
        client = log_in(make_colleague("Support"))
        make_history()
        lot = Lot.objects.get()
        set_target(lot, 100)
        write_offs.write_off(lot=lot, credits=20, reason="r", actor="staff:1", key="k")

        shown = client.get(page(Account, "change", lot.account_id)).text

        words = " ".join(unescape(strip_tags(shown)).split())
        assert "Still owed: 30 " in words

    def test_lots_with_a_shortfall(self):
        client = log_in(make_colleague("Support"))
        make_history(people=2)
        short, _fine = Lot.objects.order_by("pk")
        set_target(short, 100)

        shown = client.get(page(Lot), {"shortfall": "yes"})

        assert [(lot.pk, lot.shortfall) for lot in shown.context["cl"].result_list] == [
            (short.pk, 50)
        ]


class TestSearching:
    def found(self, model, term):
        client = log_in(make_colleague("Support"))
        return list(client.get(page(model), {"q": term}).context["cl"].result_list)

    def test_finds_the_start_of_an_address(self):
        make_history()
        account = Account.objects.for_user(make_user(email="Grace.Hopper@example.com"))
        lot = make_lot(account=account)

        assert self.found(Account, "grace.h") == [account]
        assert self.found(Lot, "grace.h") == [lot]

    def test_finds_a_number(self):
        make_history(people=2)
        lot = Lot.objects.earliest("pk")

        assert self.found(Lot, f" {lot.pk} ") == [lot]

    def test_finds_a_source(self):
        make_history()
        lot = make_lot(source="purchase:42")

        assert self.found(Lot, "purchase:42") == [lot]

    @pytest.mark.parametrize("term", ["nobody", "%", "'", "9" * 30, "purchase:%", "\x00"])
    def test_finds_nothing_where_there_is_nothing(self, term):
        make_history()
        found = self.found(Lot, term)

        assert found == [] or term == "\x00"


class TestCounting:
    def test_stops_at_the_cap_and_says_so(self, monkeypatch):
        monkeypatch.setattr(readonly, "COUNTED_ROWS", 3)
        client = log_in(make_colleague("Support"))
        make_history(people=5)

        shown = client.get(page(Lot))

        assert shown.context["cl"].result_count == 3
        assert "the first 3 lots" in " ".join(shown.text.split())

    def test_reads_no_whole_table_for_its_count(self, django_assert_max_num_queries):
        client = log_in(make_staff())
        make_history()
        client.get(page(Lot))

        with django_assert_max_num_queries(6) as queries:
            client.get(page(Lot))

        counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
        assert len(counts) == 1
        assert "LIMIT 10000" in counts[0]
