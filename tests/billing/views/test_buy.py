from uuid import uuid4

import pytest
from django.urls import reverse

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

    def test_takes_nothing_but_slug_and_token_from_the_browser(self, client, user, shop):
        plan = shop.plan(credits=100, unit_amount=1000)

        press(client, plan, credits=9999, unit_amount=1, currency="jpy", price="price_cheap")

        purchase = Purchase.objects.get()
        assert (purchase.credits, purchase.unit_amount, purchase.currency) == (100, 1000, "usd")

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
        plan, token = shop.plan(), uuid4()
        shop.stripe.switch(api_down=True)

        response = press(client, plan, form_token=token)

        assert response.status_code == 503
        assert "You have not been charged" in response.text
        assert str(token) in response.text
        shop.stripe.switch(api_down=False)
        assert press(client, plan, form_token=token).status_code == 303
        assert Purchase.objects.count() == 1

    def test_stripe_refusing_is_said_without_stripes_words(self, client, user, shop):
        plan = shop.plan()
        shop.stripe.switch(api_status=400, api_only="POST /v1/checkout/sessions")

        response = press(client, plan)

        assert response.status_code == 502
        assert "You have not been charged" in response.text
        assert "400" not in response.text

    def test_a_form_whose_purchase_is_paid_leads_to_it(self, client, user, shop):
        plan, token = shop.plan(), uuid4()
        purchase = shop.sell(user=user, plan=plan, form_token=token)

        response = press(client, plan, form_token=token)

        assert response["Location"] == reverse("billing:purchase", args=[purchase.uuid])
        assert Purchase.objects.count() == 1
