from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.urls import reverse

from billing import catalog
from billing.models import CreditPlan, Purchase
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def press(client, plan, **fields):
    fields.setdefault("form_token", uuid4())
    return client.post(reverse("billing:buy", args=[plan.slug]), fields)


class TestBuy:
    def test_leads_to_stripes_page(self, client, user, shop):
        response = press(client, shop.plan())

        assert response.status_code == 303
        assert response["Location"] == Purchase.objects.get().checkout_url
        assert response["Location"].startswith(shop.stripe.base_url)

    def test_a_double_click_is_one_purchase(self, client, user, shop):
        plan, token = shop.plan(), uuid4()

        first = press(client, plan, form_token=token)
        second = press(client, plan, form_token=token)

        assert first["Location"] == second["Location"]
        assert Purchase.objects.count() == 1

    def test_takes_neither_price_nor_credits_from_the_browser(self, client, user, shop):
        plan = shop.plan(credits=100, unit_amount=1000)

        press(client, plan, credits=9999, unit_amount=1, offered_amount=1, price="price_cheap")

        purchase = Purchase.objects.get()
        assert (purchase.credits, purchase.unit_amount, purchase.currency) == (100, 1000, "usd")

    def test_of_several_is_for_several(self, client, user, shop):
        press(client, shop.plan(quantity_maximum=5), quantity=3)

        assert Purchase.objects.get().amount_subtotal == 3000

    def test_of_an_amount_is_for_that_amount(self, client, user, shop):
        press(client, shop.plan_by_amount(), amount="37.5")

        purchase = Purchase.objects.get()
        assert (purchase.unit_amount, purchase.credits) == (3750, 375)

    def test_is_in_the_currency_of_the_page(self, client, user, shop):
        plan = shop.plan()
        catalog.set_price(plan=plan, currency="eur", unit_amount=900)

        press(client, plan, currency="eur")

        assert Purchase.objects.get().currency == "eur"

    @pytest.mark.parametrize("currency", ["jpy", "zzz", "EUR "])
    def test_in_a_currency_without_a_price_is_refused_in_words(self, client, user, shop, currency):
        response = press(client, shop.plan(), currency=currency[:3])

        assert response.status_code == 404
        assert "You have not been charged" in response.text

    @pytest.mark.parametrize(
        ("quantity", "message"),
        [
            ("0", "Choose a number from 1 to 5."),
            ("6", "Choose a number from 1 to 5."),
            ("-1", "Choose a number from 1 to 5."),
            ("1.5", "Enter a whole number."),
            ("many", "Enter a whole number."),
        ],
    )
    def test_a_number_that_cannot_be_is_said_beside_the_field(
        self, client, user, shop, quantity, message
    ):
        response = press(client, shop.plan(quantity_maximum=5), quantity=quantity)

        assert response.status_code == 400
        assert message in response.text
        assert f'value="{quantity}"' in response.text
        assert not Purchase.objects.exists()

    @pytest.mark.parametrize(
        ("amount", "message"),
        [
            ("", "Choose an amount from $5.00 to $500.00, in steps of $0.50."),
            ("4.99", "Choose an amount from $5.00"),
            ("4.50", "Choose an amount from $5.00 to $500.00"),
            ("37.75", "in steps of $0.50"),
            ("500.50", "Choose an amount"),
            ("37.505", "USD has no more than 2 decimals."),
            ("much", "Enter a number."),
            ("NaN", "Enter a number."),
            ("1e400", "no more than 20 digits"),
        ],
    )
    def test_an_amount_that_cannot_be_is_said_beside_the_field(
        self, client, user, shop, amount, message
    ):
        response = press(client, shop.plan_by_amount(), amount=amount)

        assert response.status_code == 400
        assert message in response.text
        assert not Purchase.objects.exists()

    def test_an_amount_for_a_plan_with_a_price_is_refused(self, client, user, shop):
        response = press(client, shop.plan(), amount="1.00")

        assert response.status_code == 400
        assert not Purchase.objects.exists()

    @pytest.mark.parametrize("token", ["", "nonsense", "1'; DROP TABLE billing_purchase"])
    def test_a_tampered_form_is_refused_in_words(self, client, user, shop, token):
        response = press(client, shop.plan(), form_token=token)

        assert response.status_code == 400
        assert "You have not been charged" in response.text
        assert not Purchase.objects.exists()

    def test_a_form_without_csrf_secret_is_refused(self, user, shop):
        from django.test import Client  # noqa: PLC0415 - a client unlike the others

        client = Client(enforce_csrf_checks=True)
        client.force_login(user)

        assert press(client, shop.plan()).status_code == 403
        assert not Purchase.objects.exists()

    def test_a_plan_off_sale_is_refused_in_words(self, client, user, shop):
        plan = shop.plan()
        CreditPlan.objects.update(is_active=False)

        response = press(client, plan)

        assert response.status_code == 404
        assert "This plan is not on sale any more" in response.text

    def test_too_many_are_told_when_to_come_back(self, client, user, shop, settings):
        settings.BILLING_CHECKOUTS_PER_HOUR = 1
        press(client, shop.plan())

        response = press(client, shop.plan())

        assert response.status_code == 429
        assert 3500 < int(response["Retry-After"]) <= 3600
        assert "You have not been charged" in response.text

    def test_stripe_down_can_be_tried_again_with_the_same_form(self, client, user, shop):
        plan, token = shop.plan(quantity_maximum=2), uuid4()
        shop.stripe.switch(api_down=True)

        response = press(client, plan, form_token=token, quantity=2)

        assert response.status_code == 503
        assert "You have not been charged" in response.text
        assert str(token) in response.text
        assert 'name="quantity" value="2"' in response.text
        shop.stripe.switch(api_down=False)
        assert press(client, plan, form_token=token, quantity=2).status_code == 303
        assert Purchase.objects.count() == 1

    def test_stripe_refusing_is_said_without_stripes_words(self, client, user, shop):
        plan = shop.plan()
        shop.stripe.switch(api_status=400, api_only="POST /v1/checkout/sessions")

        response = press(client, plan)

        assert response.status_code == 502
        assert "You have not been charged" in response.text
        assert "400" not in response.text

    def test_an_address_that_stripe_refuses_is_said_in_words(self, client, shop):
        client.force_login(make_user(email="ada@example"))

        response = press(client, shop.plan())

        assert response.status_code == 400
        assert "You have not been charged" in response.text
        assert "does not accept your e-mail address" in response.text
        purchase = Purchase.objects.get()
        assert purchase.status == Purchase.Status.FAILED
        assert "ada@example" in purchase.why
        assert shop.stripe.calls("POST", "/v1/checkout/sessions") == []

    def test_a_new_address_that_stripe_refuses_stops_no_purchase(self, client, shop):
        user, plan = make_user(email="ada@example.com"), shop.plan()
        client.force_login(user)
        shop.sell(user=user)
        EmailAddress.objects.filter(user=user).update(email="ada@example")
        User.objects.filter(pk=user.pk).update(email="ada@example")

        assert press(client, plan)["Location"].startswith(shop.stripe.base_url)

    def test_of_what_was_paid_already_leads_to_it_and_says_so(self, client, user, shop):
        plan = shop.plan()
        first = shop.open(user=user, plan=plan)
        shop.pay(first)  # of which the site has not heard

        response = press(client, plan)

        assert response["Location"] == reverse("billing:purchase", args=[first.uuid])
        shown = client.get(response["Location"]).text
        assert "You have not been charged a second time" in shown
        assert "100 credits were added" in shown

    def test_while_a_bank_is_at_work_says_so_and_goes_on_only_then(self, client, user, shop):
        pending = shop.open(user=user)
        shop.pay(pending, "debit_clears")
        shop.deliver()
        plan = shop.plan(quantity_maximum=5)

        response = press(client, plan, quantity=3)

        assert response.status_code == 409
        assert "It may have arrived already, so nothing new was started" in response.text
        assert response.context["purchase"] == pending
        again = {field.html_name: field.value() or "" for field in response.context["form"]}
        response = client.post(reverse("billing:buy", args=[plan.slug]), again)
        assert response["Location"].startswith(shop.stripe.base_url)
        assert Purchase.objects.get(plan=plan).quantity == 3

    def test_a_form_whose_purchase_is_paid_leads_to_it(self, client, user, shop):
        plan, token = shop.plan(), uuid4()
        purchase = shop.sell(user=user, plan=plan, form_token=token)

        response = press(client, plan, form_token=token)

        assert response["Location"] == reverse("billing:purchase", args=[purchase.uuid])
        assert Purchase.objects.count() == 1
