"""The search for everything: straight to the page, or to a list of what matched."""

import re
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import Dispute, Purchase, Refund, StatementSeries, StripeEvent
from billing.staff_site import search
from credits.models import Account, CreditTransaction, Lot
from tests.api.services import Service, make_key
from tests.credits.factories import make_account, make_lot, make_spend
from tests.people import make_user
from tests.shop import promised
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

SEARCH = "admin:billing_search"
SLOW = "SELECT length(pg_sleep(5)::text) WHERE %s <> '{table}{limit}'"


def look(term, *, group="Support"):
    return log_in(make_colleague(group)).get(reverse(SEARCH), {"q": term})


def leads_to(term, row):
    answer = look(term)
    where = page(type(row), "change", row.pk)
    return answer.status_code == 302 and answer.headers["Location"] == where


def listed(term, **who):
    answer = look(term, **who)
    assert answer.status_code == 200
    return [url for group in answer.context["groups"] for url, _text in group["rows"]]


def all_of(term):
    """Give all pages that a term leads to, one or many."""
    answer = look(term)
    return [answer.headers["Location"]] if answer.status_code == 302 else listed(term)


@pytest.fixture
def purchase(shop):
    """Sell something, refund a part of it and have it disputed; and sell something else."""
    shop.sell()
    plan = shop.plan(slug="studio", name="Studio for two")
    purchase = shop.sell(plan=plan, user=make_user(email="ada.lovelace@analytical.example"))
    shop.refund(purchase, 300)
    shop.deliver()
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    purchase.refresh_from_db()
    return purchase


def terms(purchase):
    """Give all that belongs to a purchase, with the page that it leads to."""
    price = purchase.plan_price
    customer = purchase.account.user.stripe_customers.get()
    refund, dispute = Refund.objects.get(), Dispute.objects.get()
    event = StripeEvent.objects.latest("pk")
    return {
        str(purchase.uuid): purchase,
        purchase.short_number: purchase,
        purchase.short_number.lower().replace("-", " "): purchase,
        purchase.stripe_session_id: purchase,
        purchase.payment.stripe_payment_intent_id: purchase,
        purchase.payment.stripe_charge_id: purchase,
        refund.stripe_refund_id: refund,
        str(refund.uuid): refund,
        dispute.stripe_dispute_id: dispute,
        event.stripe_event_id: event,
        customer.stripe_customer_id: purchase.account,
        price.stripe_price_id: purchase.plan,
        price.stripe_product_id: purchase.plan,
        "studio": purchase.plan,
        "for TWO": purchase.plan,
        purchase.lot.source: purchase.lot,
        "LOVELACE@analytical": purchase.account,
    }


class TestSearch:
    def test_leads_straight_to_the_page_of_whatever_belongs_to_a_purchase(self, purchase):
        for term, row in terms(purchase).items():
            assert leads_to(term, row), term

    def test_leads_to_an_operation_by_its_key(self):
        make_spend(account=make_lot().account, key="invoice-17")
        spend = make_spend(account=make_lot().account, key="invoice-18")

        assert leads_to("invoice-18", spend)

    def test_leads_to_what_a_client_of_the_api_did_by_the_key_that_it_gave(self):
        account = make_lot().account
        make_key(client="other")
        body = {"account": account.pk, "credits": 1}
        answer = Service.of(client="farm").post("/spends", body, key="9f1c-job")
        assert answer.status_code == 201, answer.text

        spend = CreditTransaction.objects.get(key="api:farm:9f1c-job")
        assert leads_to("9f1c-job", spend)
        assert leads_to("api:farm:9f1c-job", spend)

    def test_leads_to_credits_that_a_client_of_the_api_gave(self):
        account = make_lot().account
        body = {"account": account.pk, "credits": 5}
        answer = Service.of(client="farm").post("/grants", body, key="welcome-7")
        assert answer.status_code == 201, answer.text

        assert page(Lot, "change", Lot.objects.latest("pk").pk) in all_of("welcome-7")

    def test_lists_the_operations_of_several_accounts_with_one_key(self):
        spends = [make_spend(account=make_lot().account, key="monthly") for _ in range(2)]

        assert sorted(listed("monthly")) == sorted(
            page(CreditTransaction, "change", spend.pk) for spend in spends
        )

    def test_lists_all_that_has_a_number(self):
        account = make_account()
        lot = make_lot(account=account)
        while lot.pk < account.pk:
            lot = make_lot(account=account)
        while account.pk < lot.pk:
            account = make_account()

        found = listed(str(lot.pk))

        assert page(Lot, "change", lot.pk) in found
        assert page(Account, "change", account.pk) in found

    def test_shows_both_purchases_of_one_short_number(self, purchase):
        twin = Purchase.objects.create(
            **promised(purchase, uuid=UUID(int=purchase.uuid.int ^ 1), account=purchase.account)
        )

        assert listed(purchase.short_number) == [
            page(Purchase, "change", row.pk) for row in (twin, purchase)
        ]

    def test_leads_to_the_account_of_a_statement_by_its_number(self):
        account = make_account()
        code = StatementSeries.objects.of(account).code

        assert leads_to(f"S-2026-11-{code}", account)
        assert leads_to(f"s 2026 11 {code.lower()}", account)

    def test_leads_to_somebody_who_has_no_account_yet(self):
        assert leads_to("new@people", make_user(email="new@people.example"))

    def test_says_that_there_are_more(self, monkeypatch):
        monkeypatch.setattr(search, "SHOWN", 2)
        for number in range(3):
            Account.objects.for_user(make_user(email=f"many{number}@example.com"))

        answer = look("many")

        assert len(answer.context["groups"][0]["rows"]) == 2
        assert "There are more" in answer.text

    @pytest.mark.parametrize(
        "term", ["", " ", "\0", "zz", "nothing-of-this", "cs_none", "%%%", "9" * 18]
    )
    def test_says_that_nothing_matches(self, purchase, term):
        answer = look(term)

        assert answer.status_code == 200
        assert answer.context["groups"] == []

    def test_shows_nobody_what_they_may_not_see(self, purchase):
        for term, row in terms(purchase).items():
            answer = look(term, group="Catalog")
            may = row == purchase.plan
            assert answer.status_code == (302 if may else 200), term
            assert may or answer.context["groups"] == [], term

    def test_goes_on_where_a_part_takes_too_long(self, purchase, monkeypatch):
        monkeypatch.setattr(
            search,
            "_OF_EACH_ACCOUNT",
            SLOW,
        )
        monkeypatch.setattr(search, "PATIENCE", 1)

        answer = look("studio")

        assert answer.status_code == 200
        assert "took too long" in answer.text
        assert len(answer.context["groups"]) == 1

    def test_is_in_the_header_of_every_page(self):
        text = log_in(make_colleague("Support")).get(page(Lot)).text

        assert f'action="{reverse(SEARCH)}"' in text

    def test_takes_as_many_queries_for_many_rows_as_for_few(self, shop):
        client = log_in(make_colleague("Support"))
        address = f"{reverse(SEARCH)}?q=example"
        for _ in range(2):
            shop.sell()
        few = queries_of(client, address)
        for _ in range(3):
            shop.sell()

        assert queries_of(client, address) == few


# Of people and plans a part may be asked for; accounts are walked for a key, one by one, and of the
# API's keys the clients are listed.
READ_AS_A_WHOLE = {"api_apikey", "auth_user", "billing_creditplan", "credits_account"}


class TestIndexes:
    def test_answer_every_search(self, purchase):
        wanted = [*terms(purchase), "some-key", "12345678"]

        with CaptureQueriesContext(connection) as queries:
            for term in wanted:
                search.find(term, may_see=lambda model: True)
        asked = {query["sql"] for query in queries if query["sql"].startswith("SELECT")}

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            whole = set()
            for statement in asked:
                if "set_config" in statement:
                    continue
                cursor.execute(f"EXPLAIN {statement}".replace("%", "%%"), [])
                plan = "\n".join(row[0] for row in cursor.fetchall())
                whole |= set(re.findall(r"Seq Scan on (\w+)", plan))

        assert asked
        assert whole <= READ_AS_A_WHOLE
