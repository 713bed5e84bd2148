"""The plans' list says what is for sale, for how much and why not; one switch changes it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from billing import catalog, checkout
from billing.models import CreditPlan, PlanPrice
from credits.admin import notes
from tests.shop import make_plan
from tests.staff import log_in, make_colleague, page, queries_of
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return log_in(make_colleague("Catalog"))


def press(client, verb, plan):
    url = reverse(f"admin:billing_creditplan_{verb}", args=[plan.pk])
    answer = client.post(url, follow=True)
    return [str(message) for message in answer.context["messages"]]


def on_sale():
    return [(price.plan, price.currency, price.unit_amount) for price in checkout.prices_on_sale()]


def archive(shop, price):
    """Take a price off sale in Stripe's Dashboard, and let the site hear of it."""
    make_client(shop.stripe).v1.prices.update(price.stripe_price_id, {"active": False})
    catalog.note_news(str(price.stripe_price_id), is_active=False, at=timezone.now())


class TestList:
    def test_says_what_a_plan_gives_and_costs_and_what_a_credit_does(self, shop, client):
        plan = shop.plan(credits=1000, bonus_credits=250, unit_amount=1000)
        catalog.set_price(plan=plan, currency="eur", unit_amount=2500)

        text = client.get(page(CreditPlan)).text

        assert "1,000 + 250 bonus" in text
        assert "€25.00 · $10.00" in text
        assert "€0.02 · $0.008" in text
        assert "For sale" in text

    def test_says_why_a_plan_is_not_for_sale(self, shop, client):
        make_plan()
        assert "No price" in client.get(page(CreditPlan)).text

    @pytest.mark.parametrize(
        ("trouble", "why"),
        [
            (lambda shop, price: catalog.take_off_sale(price.plan), "Switched off"),
            (lambda shop, price: catalog.withdraw(price), "Price taken off sale"),
            (archive, "Off sale at Stripe"),
        ],
        ids=["switched off", "withdrawn", "archived at Stripe"],
    )
    def test_says_why_and_offers_to_sell_again(self, shop, client, trouble, why):
        plan = shop.plan(unit_amount=999)
        trouble(shop, PlanPrice.objects.get())

        for url in (page(CreditPlan), page(CreditPlan, "change", plan.pk)):
            text = client.get(url).text
            assert f'<span class="badge warn">{why}</span>' in text
            assert "Sell again" in text
        assert on_sale() == []
        said = press(client, "sell", plan)

        assert said == [f"{plan} is for sale: $9.99"]
        assert on_sale() == [(plan, "usd", 999)]

    def test_says_that_a_price_is_not_at_stripe_yet(self, shop, client):
        shop.stripe.switch(api_down=True)
        shop.plan()

        assert "Price not at Stripe yet" in client.get(page(CreditPlan)).text

    def test_costs_no_query_a_plan(self, shop, client):
        shop.plan()
        client.get(page(CreditPlan))
        one = queries_of(client, page(CreditPlan))
        for _more in range(3):
            shop.plan()

        assert queries_of(client, page(CreditPlan)) == one

    def test_says_what_featured_does(self, shop, client):
        plan = shop.plan()

        assert (
            "Shown with the label Featured" in client.get(page(CreditPlan, "change", plan.pk)).text
        )


class TestSwitch:
    def test_takes_a_plan_off_sale_and_keeps_its_price(self, shop, client):
        plan = shop.plan(unit_amount=999)

        said = press(client, "take_off_sale", plan)

        assert said == [f"{plan} is off sale. Nothing that was bought changes."]
        assert on_sale() == []
        assert PlanPrice.objects.get().is_active
        assert notes.say(LogEntry.objects.get()) == "Taken off sale."

    def test_sells_again_in_every_currency_that_it_had(self, shop, client):
        plan = shop.plan(unit_amount=999)
        catalog.set_price(plan=plan, currency="eur", unit_amount=900)
        catalog.take_off_sale(plan)

        press(client, "sell", plan)

        assert sorted(on_sale(), key=str) == sorted(
            [(plan, "eur", 900), (plan, "usd", 999)], key=str
        )

    def test_sells_at_the_price_that_was_last(self, shop, client):
        plan = shop.plan(unit_amount=999)
        catalog.set_price(plan=plan, currency="usd", unit_amount=1200)
        catalog.withdraw(PlanPrice.objects.get(is_active=True))

        press(client, "sell", plan)

        assert on_sale() == [(plan, "usd", 1200)]

    def test_changes_nothing_while_stripe_is_down_and_says_so(self, shop, client):
        plan = shop.plan(unit_amount=999)
        archive(shop, PlanPrice.objects.get())
        shop.stripe.switch(api_down=True)

        [said] = press(client, "sell", plan)

        assert said.startswith(f"{plan} is not for sale yet. Stripe said: ")
        assert on_sale() == []

    def test_of_a_plan_without_a_price_asks_for_one(self, client):
        plan = make_plan(is_active=False)

        assert press(client, "sell", plan) == [f"{plan} has never had a price. Give it one."]
        plan.refresh_from_db()
        assert not plan.is_active

    @pytest.mark.parametrize("verb", ["sell", "take_off_sale"])
    def test_is_for_whoever_may_price_and_by_post_only(self, shop, client, verb):
        plan = shop.plan()
        url = reverse(f"admin:billing_creditplan_{verb}", args=[plan.pk])
        support = log_in(make_colleague("Support"))

        assert client.get(url).status_code == 405
        assert support.post(url).status_code == 403
        assert "formaction" not in support.get(page(CreditPlan)).text
        assert "formaction" not in support.get(page(CreditPlan, "change", plan.pk)).text
