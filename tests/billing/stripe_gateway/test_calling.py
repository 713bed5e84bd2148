"""Stripe's gateway: what its answers and its silence become."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from billing import stripe_gateway
from billing.stripe_gateway import calling


class TestErrors:
    @pytest.mark.parametrize(
        "switch", [{"api_down": True}, {"api_status": 500}, {"api_status": 429}]
    )
    def test_silence_and_trouble_are_unavailable(self, stripe_sandbox, switch):
        stripe_sandbox.switch(**switch)

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            stripe_gateway.retrieve_checkout_session("cs_test_1")

    def test_slowness_is_unavailable(self, stripe_sandbox, settings):
        settings.STRIPE_TIMEOUT = 0.2
        stripe_sandbox.switch(api_slow=1.0)

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            stripe_gateway.retrieve_checkout_session("cs_test_1")

    def test_what_is_not_there_is_missing(self, stripe_sandbox):
        with pytest.raises(stripe_gateway.GatewayMissing, match="cs_test_1") as missing:
            stripe_gateway.retrieve_checkout_session("cs_test_1")

        assert missing.value.code == "resource_missing"

    def test_a_wrong_key_is_refused_without_showing_it(self, stripe_sandbox, settings):
        settings.STRIPE_SECRET_KEY = "sk_live_" + "7" * 24

        with pytest.raises(stripe_gateway.GatewayRefused) as refusal:
            stripe_gateway.retrieve_checkout_session("cs_test_1")

        assert "7" * 24 not in str(refusal.value)

    def test_a_refusal_names_what_was_wrong(self, stripe_sandbox):
        with pytest.raises(stripe_gateway.GatewayRefused) as refusal:
            stripe_gateway.create_price(
                product_id="prod_gone",
                currency="usd",
                unit_amount=100,
                tax_behavior="unspecified",
                plan_price_id=1,
                key=str(uuid4()),
            )

        assert refusal.value.param == "product"


class TestLists:
    @pytest.mark.django_db
    def test_go_on_beyond_their_first_page(self, shop):
        purchase = shop.sell()
        for _ in range(calling.PAGE + 1):
            shop.refund(purchase, 1)

        pages = list(stripe_gateway.list_refunds(since=timezone.now() - timedelta(hours=1)))

        assert [len(page) for page in pages] == [calling.PAGE, 1]
        assert len({refund.id for page in pages for refund in page}) == calling.PAGE + 1
