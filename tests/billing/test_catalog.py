"""Prices at Stripe."""

import pytest

from billing import catalog, stripe_gateway
from billing.models import PlanPrice
from tests.shop import make_plan

pytestmark = pytest.mark.django_db


def set_price(plan, unit_amount, currency="usd"):
    return catalog.set_price(plan=plan, currency=currency, unit_amount=unit_amount)


def stripe_price(shop, price):
    [shown] = [
        event["data"]["object"]
        for event in reversed(shop.stripe.events())
        if event["data"]["object"]["id"] == price.stripe_price_id
    ][:1]
    return shown


class TestSetPrice:
    def test_makes_a_product_and_a_price(self, shop):
        price = set_price(make_plan(name="Starter", description="A taste"), 999)

        shown = stripe_price(shop, price)
        assert (shown["unit_amount"], shown["currency"]) == (999, "usd")
        assert shown["metadata"] == {"plan_price_id": str(price.pk)}
        assert price.is_active
        assert price.problem == ""
        product = shop.event("product.created")["data"]["object"]
        assert (product["id"], product["name"]) == (price.stripe_product_id, "Starter")

    def test_a_change_makes_a_new_price_and_archives_the_old(self, shop):
        plan = make_plan()
        old = set_price(plan, 999)

        new = set_price(plan, 1299)

        old.refresh_from_db()
        assert (old.is_active, new.is_active) == (False, True)
        assert old.archived_at is not None
        assert stripe_price(shop, old)["active"] is False
        assert new.stripe_product_id == old.stripe_product_id
        assert len(shop.stripe.calls("POST", "/v1/products")) == 1

    def test_the_same_price_again_changes_nothing(self, shop):
        plan = make_plan()

        first, second = set_price(plan, 999), set_price(plan, 999)

        assert first == second
        assert len(shop.stripe.calls("POST", "/v1/prices")) == 1

    def test_one_price_a_currency(self, shop):
        plan = make_plan()

        dollars, yen = set_price(plan, 999), set_price(plan, 1500, "jpy")

        assert dollars.is_active
        assert yen.is_active

    def test_stripe_down_leaves_it_saved_with_the_reason(self, shop):
        shop.stripe.switch(api_down=True)

        price = set_price(make_plan(), 999)

        assert not price.is_published
        assert not price.is_active
        assert price.problem

    def test_stripe_down_leaves_the_old_price_on_sale(self, shop):
        plan = make_plan()
        old = set_price(plan, 999)
        shop.stripe.switch(api_down=True)

        set_price(plan, 1299)

        old.refresh_from_db()
        assert old.is_active

    def test_a_price_that_never_reached_stripe_is_replaced(self, shop):
        plan = make_plan()
        shop.stripe.switch(api_down=True)
        set_price(plan, 999)
        shop.stripe.switch(api_down=False)

        price = set_price(plan, 1299)

        assert list(PlanPrice.objects.all()) == [price]


class TestPublish:
    def test_goes_on_where_it_stopped(self, shop):
        shop.stripe.switch(api_status=503, api_only="POST /v1/prices")
        price = set_price(make_plan(), 999)
        shop.stripe.switch(api_status=None)

        price = catalog.publish(price)

        assert price.is_active
        assert price.problem == ""
        assert len(shop.stripe.events("product.created")) == 1

    def test_says_why_not(self, shop):
        shop.stripe.switch(api_down=True)
        price = set_price(make_plan(), 999)

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            catalog.publish(price)

    def test_archives_what_could_not_be_archived_before(self, shop):
        plan = make_plan()
        old = set_price(plan, 999)
        shop.stripe.switch(api_status=503, api_only=f"POST /v1/prices/{old.stripe_price_id}")
        new = set_price(plan, 1299)
        shop.stripe.switch(api_status=None)
        assert new.problem

        catalog.publish(new)

        assert stripe_price(shop, old)["active"] is False
        new.refresh_from_db()
        assert new.problem == ""


class TestWithdraw:
    def test_takes_it_off_sale_here_and_at_stripe(self, shop):
        price = set_price(make_plan(), 999)

        price = catalog.withdraw(price)

        assert not price.is_active
        assert stripe_price(shop, price)["active"] is False


class TestRefreshProduct:
    def test_shows_the_plans_new_name_on_the_payment_page(self, shop):
        plan = make_plan(name="Old")
        set_price(plan, 999)
        plan.name, plan.description = "New", ""
        plan.save()

        catalog.refresh_product(plan)

        assert shop.event("product.updated")["data"]["object"]["name"] == "New"
