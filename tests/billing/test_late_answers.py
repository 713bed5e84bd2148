"""Stripe's answer to a click that comes when the purchase has long moved on."""

from functools import partial
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from billing import checkout, stripe_gateway
from billing.models import Purchase
from billing.users import customers
from tests.billing.waiting import in_a_thread
from tests.people import make_user
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def click(shop):
    """Press the button; each click sends the same form."""
    return partial(checkout.start, user=make_user(), plan_slug=shop.plan().slug, form_token=uuid4())


def is_at_stripe(shop):
    return shop.stripe.switch()["api_times"] == 0


class TestLateCustomer:
    def test_is_not_used_where_another_was_noted(self, shop):
        user = make_user()
        moved = User.objects.get(pk=user.pk)
        moved.email = "new@example.com"
        shop.stripe.switch(api_slow=3.0, api_times=1, api_only="POST /v1/customers")
        with in_a_thread(partial(customers.id_for, user)) as first:
            first.start()
            wait_until(lambda: is_at_stripe(shop))
            noted = customers.id_for(moved)

        assert first.result == noted
        assert len(shop.stripe.events("customer.created")) == 2


class TestLateAnswer:
    def test_does_not_open_a_purchase_that_has_expired(self, shop, click):
        shop.stripe.switch(api_slow=3.0, api_times=1, api_only="POST /v1/checkout/sessions")
        with in_a_thread(click) as first:
            first.start()
            wait_until(lambda: is_at_stripe(shop))
            purchase = click()
            shop.stripe.expire(purchase.stripe_session_id)
            shop.deliver()

        assert isinstance(first.error, checkout.AlreadyFinished)
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED
        calls = shop.stripe.calls("POST", "/v1/checkout/sessions")
        assert {call["response"]["id"] for call in calls} == {purchase.stripe_session_id}

    def test_does_not_fail_a_purchase_that_is_open(self, shop, click):
        shop.stripe.switch(
            api_slow=3.0, api_status=400, api_times=1, api_only="POST /v1/checkout/sessions"
        )
        with in_a_thread(click) as first:
            first.start()
            wait_until(lambda: is_at_stripe(shop))
            purchase = click()

        assert isinstance(first.error, stripe_gateway.GatewayRefused)
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN
