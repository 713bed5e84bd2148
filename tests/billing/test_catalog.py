"""Prices at Stripe."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import catalog, checkout, stripe_gateway
from billing.models import PlanPrice
from tests.shop import make_plan
from tests.stripe_sandbox.buying import make_client

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

    @pytest.mark.parametrize("kind", ["product", "price"])
    def test_makes_no_second_one_where_the_answer_got_lost(self, shop, settings, kind):
        settings.STRIPE_TIMEOUT = 0.3
        shop.stripe.switch(api_hang_after_effect=1, api_only=f"POST /v1/{kind}s")
        price = set_price(make_plan(), 999)
        shop.stripe.switch(api_hang_after_effect=0)
        assert price.problem

        price = catalog.publish(price)

        assert price.is_active
        assert len(shop.stripe.events(f"{kind}.created")) == 1

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


class TestAfterStripeLostIt:
    def test_the_same_price_set_again_is_made_anew(self, shop):
        plan = make_plan()
        old = set_price(plan, 999)
        shop.stripe.reset()

        new = set_price(plan, 999)

        old.refresh_from_db()
        assert new != old
        assert (new.is_active, new.problem) == (True, "")
        assert (old.is_active, "not at Stripe any more" in old.why) == (False, True)
        assert checkout.plans_on_sale() == [new]

    def test_another_price_gets_another_product(self, shop):
        plan = make_plan()
        old = set_price(plan, 999)
        shop.stripe.reset()

        new = set_price(plan, 1299)

        assert new.is_active
        assert new.stripe_product_id != old.stripe_product_id

    def test_a_product_that_was_archived_is_not_sold_again(self, shop):
        plan = make_plan()
        old = set_price(plan, 999)
        make_client(shop.stripe).v1.products.update(old.stripe_product_id, {"active": False})

        new = catalog.publish(old)

        assert new.stripe_product_id != old.stripe_product_id
        assert checkout.plans_on_sale() == [new]

    def test_it_can_be_taken_off_sale(self, shop):
        price = set_price(make_plan(), 999)
        shop.stripe.reset()

        assert not catalog.withdraw(price).is_active

    def test_nothing_is_called_well_while_stripe_does_not_answer(self, shop):
        plan = make_plan()
        set_price(plan, 999)
        shop.stripe.switch(api_down=True)

        assert set_price(plan, 999).problem


class TestNews:
    def news(self, price, name, **fields):
        fields.setdefault("at", timezone.now())
        catalog.note_news(getattr(price, f"stripe_{name}_id"), **fields)
        price.refresh_from_db()

    @pytest.mark.parametrize("name", ["price", "product"])
    def test_an_archived_one_is_off_sale_until_the_opposite_is_said(self, shop, name):
        price = set_price(make_plan(), 999)

        self.news(price, name, is_active=False)
        assert "archived" in price.why
        assert checkout.plans_on_sale() == []

        self.news(price, name, is_active=True)
        assert price.problem == ""
        assert checkout.plans_on_sale() == [price]

    def test_a_deleted_one_is_deleted_though_it_says_active(self, shop):
        price = set_price(make_plan(), 999)

        self.news(price, "product", is_active=True, was_deleted=True)

        assert "deleted" in price.why
        assert checkout.plans_on_sale() == []

    def test_good_news_of_the_product_leave_the_prices_warning(self, shop):
        price = set_price(make_plan(), 999)
        self.news(price, "price", is_active=False)

        self.news(price, "product", is_active=True)

        assert price.is_off_sale_at_stripe

    def test_news_that_came_late_change_nothing(self, shop):
        price, now = set_price(make_plan(), 999), timezone.now()
        self.news(price, "price", is_active=False, at=now)
        self.news(price, "price", is_active=True, at=now + timedelta(seconds=5))

        self.news(price, "price", is_active=False, at=now + timedelta(seconds=3))

        assert not price.is_off_sale_at_stripe

    def test_a_price_that_another_replaced_is_no_problem(self, shop):
        plan = make_plan()
        old = set_price(plan, 999)
        set_price(plan, 1299)
        old.refresh_from_db()

        self.news(old, "price", is_active=False)

        assert old.problem == ""


class TestPricesByAmount:
    def test_have_a_product_at_stripe_and_no_price(self, shop):
        price = shop.plan_by_amount().prices.get()

        assert (price.is_published, price.is_active, price.stripe_price_id) == (True, True, None)
        assert price.stripe_product_id.startswith("prod_")
        assert (price.amount_minimum, price.amount_maximum, price.amount_step) == (500, 50_000, 50)
        assert shop.stripe.events("price.created") == []

    def test_a_change_of_the_limits_is_a_new_row(self, shop):
        plan = shop.plan_by_amount()
        old = plan.prices.get()

        new = self.set(plan, minimum=1000)

        old.refresh_from_db()
        assert (old.is_active, new.is_active) == (False, True)
        assert old.archived_at is not None
        assert old.stripe_product_id == new.stripe_product_id

    def test_the_same_again_changes_nothing(self, shop):
        plan = shop.plan_by_amount()

        assert self.set(plan) == plan.prices.get()

    def test_a_fixed_price_takes_their_place(self, shop):
        plan = shop.plan_by_amount()

        price = set_price(plan, 999)

        assert not price.is_by_amount
        assert checkout.plans_on_sale() == [price]

    def test_stripe_down_leaves_it_saved_with_the_reason(self, shop):
        plan = make_plan(credits=10)
        shop.stripe.switch(api_down=True)
        price = self.set(plan)
        shop.stripe.switch(api_down=False)

        assert not price.is_published
        assert catalog.publish(price).is_published

    def test_can_be_taken_off_sale(self, shop):
        price = shop.plan_by_amount().prices.get()

        catalog.withdraw(price)

        assert checkout.plans_on_sale() == []

    def test_are_off_sale_while_their_product_is(self, shop):
        price = shop.plan_by_amount().prices.get()
        client = make_client(shop.stripe)
        client.v1.products.update(price.stripe_product_id, {"active": False})
        shop.deliver()

        price.refresh_from_db()
        assert price.is_off_sale_at_stripe
        assert "was archived at Stripe" in price.why

    @pytest.mark.parametrize(
        ("currency", "amounts", "error"),
        [
            ("usd", (49, 1000, 1), catalog.ImpossiblePrice),
            ("usd", (50, 100_000_000, 1), catalog.ImpossiblePrice),
            ("usd", (1000, 999, 1), catalog.ImpossibleAmounts),
            ("usd", (500, 1000, 0), catalog.ImpossibleAmounts),
            ("usd", (500, 1000, -5), catalog.ImpossibleAmounts),
            ("kwd", (1005, 2000, 10), catalog.ImpossiblePrice),
            ("kwd", (1000, 2000, 5), catalog.ImpossibleAmounts),
            ("isk", (10_000, 20_000, 50), catalog.ImpossibleAmounts),
            ("ugx", (10_050, 20_000, 100), catalog.ImpossiblePrice),
            ("zzz", (500, 1000, 1), catalog.UnknownCurrency),
        ],
    )
    def test_that_nobody_could_pay_are_refused(self, currency, amounts, error):
        names = ("minimum", "maximum", "step")

        with pytest.raises(error):
            self.set(make_plan(), currency=currency, **dict(zip(names, amounts, strict=True)))

        assert not PlanPrice.objects.exists()

    def test_whose_least_pays_for_no_credit_are_refused(self):
        with pytest.raises(catalog.NoCredits):
            self.set(make_plan(credits=1), minimum=99, unit_amount=100)

    @staticmethod
    def set(plan, *, currency="usd", unit_amount=100, minimum=500, maximum=50_000, step=50):
        amounts = catalog.Amounts(minimum=minimum, maximum=maximum, step=step)
        return catalog.set_price(
            plan=plan, currency=currency, unit_amount=unit_amount, amounts=amounts
        )


class TestTerms:
    def test_in_a_currency_that_stripe_does_not_know_are_refused(self):
        with pytest.raises(catalog.UnknownCurrency, match="got zzz"):
            set_price(make_plan(), 1000, "zzz")

    @pytest.mark.parametrize(
        ("currency", "unit_amount"),
        [("usd", 49), ("jpy", 49), ("gbp", 29), ("huf", 17499), ("kwd", 1005), ("isk", 1050),
         ("usd", 100_000_000), ("all", 0)],
    )  # fmt: skip
    def test_that_stripe_does_not_charge_are_refused(self, shop, currency, unit_amount):
        with pytest.raises(catalog.ImpossiblePrice, match=str(unit_amount)):
            set_price(make_plan(), unit_amount, currency)

        assert not PlanPrice.objects.exists()

    @pytest.mark.parametrize(
        ("currency", "unit_amount"), [("usd", 50), ("jpy", 50), ("kwd", 1010), ("usd", 99_999_999)]
    )
    def test_at_the_limit_are_taken(self, shop, currency, unit_amount):
        assert set_price(make_plan(), unit_amount, currency).is_active
