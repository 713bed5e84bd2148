"""The webhook endpoint that `make run` has at the sandbox is one that doctor lets pass."""

import pytest

from billing import doctor, stripe_gateway

pytestmark = pytest.mark.django_db

URL = "http://testserver/webhooks/stripe/"


class TestSandboxEndpoint:
    def test_speaks_the_version_of_the_code(self, shop):
        endpoint = shop.stripe.forward(URL, "whsec_laptop")

        assert endpoint["api_version"] == stripe_gateway.API_VERSION
        assert not [found for found in doctor.examine() if "endpoint" in found.message.lower()]

    def test_of_an_earlier_run_speaks_it_from_now_on(self, shop):
        earlier = stripe_gateway.calling.client().v1.webhook_endpoints.create(
            {"url": URL, "enabled_events": ["*"]}
        )

        endpoint = shop.stripe.forward(URL, "whsec_laptop")

        assert endpoint["id"] == earlier.id
        assert endpoint["api_version"] == stripe_gateway.API_VERSION
