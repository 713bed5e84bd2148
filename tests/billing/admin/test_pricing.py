"""Prices, on the page of the plan that they are for."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import catalog, checkout
from billing.models import CreditPlan, PlanPrice
from tests.people import make_staff
from tests.shop import make_plan
from tests.staff import log_in, make_colleague, page
from tests.stripe_sandbox.buying import make_client

# Prices go to Stripe after the page's own transaction is committed.
pytestmark = pytest.mark.django_db(transaction=True)


class Counter:
    """Somebody of the Catalog group, who writes plans and prices."""

    def __init__(self, user=None):
        self.client = log_in(user or make_colleague("Catalog"))

    def send(self, url, plan, **data):
        sent = {
            "name": plan.name,
            "slug": plan.slug,
            "credits": plan.credits,
            "bonus_credits": plan.bonus_credits,
            "sort_order": plan.sort_order,
            "quantity_maximum": plan.quantity_maximum,
            "is_active": "on",
            "price": "",
            "currency": "usd",
            "prices-TOTAL_FORMS": "0",
            "prices-INITIAL_FORMS": "0",
        } | data
        answer = self.client.post(url, sent, follow=True)
        return answer, [str(message) for message in answer.context["messages"]]

    def add(self, **data):
        plan = CreditPlan(name="Small", slug="small", credits=100)
        return self.send(page(CreditPlan, "add"), plan, **data)

    def change(self, plan, **data):
        return self.send(page(CreditPlan, "change", plan.pk), plan, **data)

    def press(self, verb, price):
        url = reverse(f"admin:billing_planprice_{verb}", args=[price.plan_id, price.pk])
        answer = self.client.post(url, follow=True)
        return answer, [str(message) for message in answer.context["messages"]]


def limits(minimum, maximum, step):
    return {"amount_minimum": minimum, "amount_maximum": maximum, "amount_step": step}


def on_sale(plan):
    prices = PlanPrice.objects.filter(plan=plan, is_active=True).order_by("currency")
    return list(prices.values_list("currency", "unit_amount"))


class TestPricing:
    def test_a_new_plan_gets_its_price_at_stripe(self, shop):
        _answer, said = Counter().add(price="9.99")

        assert on_sale(CreditPlan.objects.get()) == [("usd", 999)]
        assert "$9.99 is on sale." in said
        assert shop.event("price.created")["data"]["object"]["unit_amount"] == 999

    def test_a_new_price_replaces_the_old_one_and_archives_it(self, shop):
        plan = shop.plan(unit_amount=999)
        old = PlanPrice.objects.get()

        Counter().change(plan, price="12.50")

        old.refresh_from_db()
        assert on_sale(plan) == [("usd", 1250)]
        assert old.archived_at
        assert shop.event("price.updated")["data"]["object"]["active"] is False

    def test_no_price_keeps_what_is_on_sale(self, shop):
        plan = shop.plan(unit_amount=999)

        Counter().change(plan, credits="200")

        plan.refresh_from_db()
        assert plan.credits == 200
        assert on_sale(plan) == [("usd", 999)]

    def test_another_currency_stands_beside_the_first(self, shop):
        plan = shop.plan(unit_amount=999)

        Counter().change(plan, price="1500", currency="JPY")

        assert on_sale(plan) == [("jpy", 1500), ("usd", 999)]

    @pytest.mark.parametrize(
        ("price", "currency"),
        [("9.999", "usd"), ("1.5", "jpy"), ("0", "usd"), ("-1", "usd"),
         ("0.49", "usd"), ("49", "jpy"), ("10.005", "kwd"), ("1000000", "usd"),
         ("x", "usd"), ("NaN", "usd"), ("5", "us"), ("5", "12€"), ("5", "zzz"),
         ("10.50", "isk"), ("100.50", "ugx"), ("174.99", "huf")],
    )  # fmt: skip
    def test_refuses_what_is_no_price(self, shop, price, currency):
        plan = make_plan()

        answer, _said = Counter().change(plan, price=price, currency=currency)

        assert answer.context["errors"]
        assert not PlanPrice.objects.exists()

    def test_any_amount_within_limits(self, shop):
        plan = make_plan(credits=10)

        _answer, said = Counter().change(plan, price="1.00", **limits("5", "500", "0.50"))

        price = PlanPrice.objects.get()
        assert (price.unit_amount, price.amount_minimum, price.amount_maximum) == (100, 500, 50_000)
        assert price.amount_step == 50
        assert "$1.00; any amount from $5.00 to $500.00 in steps of $0.50 is on sale." in said

    @pytest.mark.parametrize(
        ("currency", "step"), [("usd", 1), ("jpy", 1), ("kwd", 10), ("isk", 100)]
    )
    def test_without_a_step_it_is_the_currencys_smallest(self, shop, currency, step):
        Counter().change(
            make_plan(credits=10), price="10", currency=currency, **limits("500", "5000", "")
        )

        assert PlanPrice.objects.get().amount_step == step

    @pytest.mark.parametrize(
        ("price", "currency", "amounts", "field"),
        [
            ("", "usd", ("5", "500", ""), "price"),
            ("1", "usd", ("5", "", ""), "amount_maximum"),
            ("1", "usd", ("", "500", ""), "amount_minimum"),
            ("1", "usd", ("", "", "1"), "amount_minimum"),
            ("1", "usd", ("500", "5", ""), "amount_maximum"),
            ("1", "usd", ("0.49", "5", ""), "amount_minimum"),
            ("1", "usd", ("5", "1000000", ""), "amount_maximum"),
            ("1", "usd", ("5.005", "500", ""), "amount_minimum"),
            ("1", "usd", ("5", "500", "0"), "amount_step"),
            ("1", "usd", ("5", "500", "-1"), "amount_step"),
            ("1", "jpy", ("500", "5000", "0.5"), "amount_step"),
            ("1", "kwd", ("1", "5", "0.005"), "amount_step"),
            ("1", "isk", ("500.50", "5000", ""), "amount_minimum"),
            ("-1", "usd", ("5", "500", ""), "price"),
            ("100", "usd", ("5", "500", ""), "amount_minimum"),  # pays for half a credit
        ],
        ids=str,
    )
    def test_refuses_limits_that_lead_nowhere(self, shop, price, currency, amounts, field):
        plan = make_plan(credits=10)

        answer, _said = Counter().change(plan, price=price, currency=currency, **limits(*amounts))

        assert field in answer.context["adminform"].form.errors
        assert not PlanPrice.objects.exists()

    def test_the_list_shows_what_people_can_buy_a_plan_for(self, shop):
        plan = shop.plan(unit_amount=999)
        catalog.set_price(plan=plan, currency="eur", unit_amount=900)
        catalog.set_price(plan=plan, currency="usd", unit_amount=1050)

        text = log_in(make_staff()).get(page(CreditPlan, "changelist")).text

        assert "€9.00 · $10.50" in text
        assert "$9.99" not in text

    def test_several_at_once_are_a_field_of_the_plan(self, shop):
        plan = make_plan()

        Counter().change(plan, quantity_maximum="5")

        plan.refresh_from_db()
        assert plan.quantity_maximum == 5

    @pytest.mark.parametrize("most", ["0", "1000000", "-1"])
    def test_no_number_that_stripe_does_not_take(self, shop, most):
        answer, _said = Counter().change(make_plan(), quantity_maximum=most)

        assert "quantity_maximum" in answer.context["adminform"].form.errors

    def test_a_new_name_reaches_stripes_page(self, shop):
        plan = shop.plan()

        Counter().change(plan, name="Renamed")

        assert shop.event("product.updated")["data"]["object"]["name"] == "Renamed"

    def test_somebody_who_may_not_price_sees_no_field_and_sets_nothing(self, shop):
        editor = make_colleague("Catalog")
        editor.groups.get().permissions.filter(codename="add_planprice").delete()
        plan = make_plan()

        answer, _said = Counter(editor).change(plan, credits="200", price="5")

        plan.refresh_from_db()
        assert answer.status_code == 200
        assert plan.credits == 200
        assert not PlanPrice.objects.exists()


class TestStripeInTrouble:
    def test_down_leaves_a_saved_price_and_a_button(self, shop):
        shop.stripe.switch(api_down=True)
        counter = Counter()

        _answer, said = counter.add(price="9.99")

        price = PlanPrice.objects.get()
        shown = counter.client.get(page(CreditPlan, "change", price.plan_id)).text
        assert not price.is_published
        assert any("was saved, but Stripe does not have it yet" in words for words in said)
        assert "not at Stripe yet: " in shown
        assert reverse("admin:billing_planprice_publish", args=[price.plan_id, price.pk]) in shown

    def test_pressing_it_while_down_says_so_again(self, shop):
        shop.stripe.switch(api_down=True)
        counter = Counter()
        counter.add(price="9.99")

        _answer, [said] = counter.press("publish", PlanPrice.objects.get())

        assert said.startswith("Stripe does not have the price yet.")

    def test_pressing_it_later_puts_the_price_on_sale(self, shop):
        shop.stripe.switch(api_down=True)
        counter = Counter()
        counter.add(price="9.99")
        shop.stripe.switch(api_down=False)

        _answer, said = counter.press("publish", PlanPrice.objects.get())

        assert said == ["$9.99 is on sale."]
        assert on_sale(CreditPlan.objects.get()) == [("usd", 999)]

    def test_down_leaves_the_old_price_on_sale(self, shop):
        plan = shop.plan(unit_amount=999)
        shop.stripe.switch(api_down=True)

        Counter().change(plan, price="12.50")

        assert on_sale(plan) == [("usd", 999)]


class TestOffSaleAtStripe:
    def test_is_said_with_a_button_that_publishes_it_anew(self, shop):
        plan = shop.plan(unit_amount=999)
        price = PlanPrice.objects.get()
        make_client(shop.stripe).v1.prices.update(price.stripe_price_id, {"active": False})
        catalog.note_news(str(price.stripe_price_id), is_active=False, at=timezone.now())
        counter = Counter()
        shown = counter.client.get(page(CreditPlan, "change", plan.pk)).text
        assert "off sale at Stripe; " in shown
        assert reverse("admin:billing_planprice_publish", args=[plan.pk, price.pk]) in shown

        _answer, said = counter.press("publish", price)

        assert said == ["$9.99 is on sale."]
        assert [row.plan for row in checkout.plans_on_sale()] == [plan]

    def test_is_not_called_on_sale_when_stripe_has_not_said_so(self, shop):
        plan = shop.plan(unit_amount=999)
        shop.stripe.switch(api_down=True)

        _answer, said = Counter().change(plan, price="9.99")

        assert not any("is on sale" in message for message in said)


class TestWithdrawing:
    def test_takes_a_price_off_sale(self, shop):
        plan = shop.plan(unit_amount=999)

        _answer, said = Counter().press("withdraw", PlanPrice.objects.get())

        assert said == ["$9.99 is off sale."]
        assert on_sale(plan) == []

    def test_works_here_while_stripe_is_down(self, shop):
        plan = shop.plan(unit_amount=999)
        shop.stripe.switch(api_down=True)

        _answer, [said] = Counter().press("withdraw", PlanPrice.objects.get())

        assert said.startswith("$9.99 is off sale here, but Stripe did not archive it.")
        assert on_sale(plan) == []


class TestPermission:
    @pytest.mark.parametrize("verb", ["publish", "withdraw"])
    def test_a_price_is_moved_by_catalog_and_by_post_only(self, shop, verb):
        shop.plan()
        price = PlanPrice.objects.get()
        url = reverse(f"admin:billing_planprice_{verb}", args=[price.plan_id, price.pk])

        assert log_in(make_colleague("Support")).post(url).status_code == 403
        assert log_in(make_colleague("Catalog")).get(url).status_code == 405

    def test_support_sees_prices_and_no_buttons(self, shop):
        plan = shop.plan(unit_amount=999)
        url = page(CreditPlan, "change", plan.pk)

        shown = log_in(make_colleague("Support")).get(url).text

        assert "$9.99" in shown
        assert "formaction" not in shown
        assert "formaction" in log_in(make_staff()).get(url).text
