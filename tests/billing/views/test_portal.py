"""The way to Stripe's customer portal."""

import pytest

from billing import stripe_gateway
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


class TestPortal:
    def test_opens_for_whoever_asks(self, client, user, shop):
        answer = client.post("/billing/portal/")

        (call,) = shop.stripe.calls("POST", "/v1/billing_portal/sessions")
        customer = user.stripe_customers.get().stripe_customer_id
        assert (answer.status_code, answer["Location"]) == (303, call["response"]["url"])
        assert call["response"]["customer"] == customer
        assert call["response"]["return_url"] == "http://testserver/billing/purchases/"

    def test_speaks_the_language_of_the_page(self, client, user, shop):
        client.cookies["django_language"] = "zh-hans"

        client.post("/billing/portal/")

        (call,) = shop.stripe.calls("POST", "/v1/billing_portal/sessions")
        assert call["response"]["locale"] == "zh"

    def test_makes_a_customer_anew_that_stripe_has_lost(self, client, user, shop):
        client.post("/billing/portal/")
        stripe_gateway.delete_customer(user.stripe_customers.get().stripe_customer_id)

        answer = client.post("/billing/portal/")

        assert answer.status_code == 303
        assert user.stripe_customers.count() == 2

    @pytest.mark.parametrize("switches", [{"api_down": True}, {"portal_missing": True}])
    def test_says_so_where_stripe_does_not_open_it(self, client, user, shop, switches):
        shop.stripe.switch(**switches)

        answer = client.post("/billing/portal/", follow=True)

        assert "cannot be opened right now" in answer.text

    def test_is_for_people_who_are_signed_in(self, client):
        assert client.post("/billing/portal/").status_code == 302

    def test_is_no_page_to_look_at(self, client, user, shop):
        assert client.get("/billing/portal/").status_code == 302
        assert not shop.stripe.calls("POST", "/v1/billing_portal/sessions")
