"""Signed delivery: at least once, again when it was not answered with 2xx, as the switches say."""

import json
import time

import pytest
import stripe

from tests.stripe_sandbox.buying import make_client, make_payment, types
from tests.stripe_sandbox.conftest import SECRET


def make_event(client, name="Starter"):
    client.v1.products.create({"name": name})


class TestDelivery:
    def test_is_signed_as_stripes_library_expects(self, stripe_sandbox, inbox):
        make_event(make_client(stripe_sandbox))

        delivery = inbox.wait_for(1)[0]

        stripe.Webhook.construct_event(delivery.body, delivery.signature, SECRET)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(delivery.body + b" ", delivery.signature, SECRET)

    def test_brings_every_event_of_a_purchase(self, stripe_sandbox, inbox):
        make_payment(stripe_sandbox, make_client(stripe_sandbox))

        inbox.wait_for(7)

        assert sorted(inbox.types()) == sorted(types(stripe_sandbox.events()))

    def test_is_tried_again_until_it_is_answered_with_success(self, stripe_sandbox, inbox):
        inbox.answers = [500, 302]

        make_event(make_client(stripe_sandbox))
        deliveries = inbox.wait_for(3)

        assert len({delivery.event["id"] for delivery in deliveries}) == 1
        attempts = self.finished(stripe_sandbox, 3)
        assert [(a["attempt"], a["status"]) for a in attempts] == [(0, 500), (1, 302), (2, 200)]
        assert [a["state"] for a in attempts] == ["failed", "failed", "delivered"]

    def test_ends_after_three_more_attempts(self, stripe_sandbox, inbox):
        inbox.answers = [500] * 10
        stripe_sandbox.switch(retry_seconds=[0.01, 0.01, 0.01])

        make_event(make_client(stripe_sandbox))
        inbox.wait_for(4)
        attempts = self.finished(stripe_sandbox, 4)
        time.sleep(0.1)

        assert len(inbox.deliveries) == 4
        assert [attempt["state"] for attempt in attempts] == ["failed"] * 4

    def test_counts_down_what_is_pending(self, stripe_sandbox, inbox):
        client = make_client(stripe_sandbox)

        make_event(client)
        inbox.wait_for(1)
        self.finished(stripe_sandbox, 1)

        event = client.v1.events.list().data[0]
        assert event.pending_webhooks == 0
        assert inbox.deliveries[0].event["pending_webhooks"] == 1
        assert client.v1.events.list({"delivery_success": True}).data[0].id == event.id

    def test_goes_to_endpoints_that_want_the_type(self, stripe_sandbox, inbox):
        client = make_client(stripe_sandbox)
        endpoint = client.v1.webhook_endpoints.list().data[0]
        client.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": ["customer.created"]})

        make_event(client)
        client.v1.customers.create({"name": "x"})

        assert [delivery.event["type"] for delivery in inbox.wait_for(1)] == ["customer.created"]

    def test_to_a_closed_port_is_noted(self, stripe_sandbox):
        stripe_sandbox.forward("http://127.0.0.1:1/", SECRET)
        stripe_sandbox.switch(retry_seconds=[])

        make_event(make_client(stripe_sandbox))

        attempt = self.finished(stripe_sandbox, 1)[0]
        assert (attempt["state"], attempt["status"]) == ("failed", None)

    def finished(self, stripe_sandbox, count):
        """Wait until so many attempts were made, and list them."""
        deadline = time.monotonic() + 30
        while True:
            attempts = [a for a in stripe_sandbox.deliveries() if a["state"] != "waiting"]
            if len(attempts) >= count or time.monotonic() > deadline:
                return attempts
            time.sleep(0.01)


class TestSwitch:
    def test_off_keeps_events_until_it_is_on_again(self, stripe_sandbox, inbox):
        stripe_sandbox.switch(delivery_off=True)
        make_event(make_client(stripe_sandbox))
        time.sleep(0.1)
        before = len(inbox.deliveries)

        stripe_sandbox.switch(delivery_off=False)

        inbox.wait_for(1)
        assert before == 0

    def test_duplicate_delivers_twice(self, stripe_sandbox, inbox):
        stripe_sandbox.switch(delivery_duplicate=True)

        make_event(make_client(stripe_sandbox))

        assert len({delivery.event["id"] for delivery in inbox.wait_for(2)}) == 1

    def test_shuffle_delivers_everything_in_another_order(self, stripe_sandbox, inbox):
        client = make_client(stripe_sandbox)
        stripe_sandbox.switch(delivery_shuffle=0.3)

        for number in range(12):
            make_event(client, str(number))
        inbox.wait_for(12)

        arrived = [json.loads(d.body)["data"]["object"]["name"] for d in inbox.deliveries]
        assert sorted(arrived, key=int) == [str(number) for number in range(12)]
        assert arrived != sorted(arrived, key=int)

    def test_lose_never_delivers(self, stripe_sandbox, inbox):
        stripe_sandbox.switch(delivery_lose=1)
        make_event(make_client(stripe_sandbox))
        stripe_sandbox.switch(delivery_lose=0)

        make_event(make_client(stripe_sandbox), "second")

        inbox.wait_for(1)
        assert stripe_sandbox.deliveries()[0]["state"] == "lost"
        assert inbox.deliveries[0].event["data"]["object"]["name"] == "second"

    def test_slow_waits(self, stripe_sandbox, inbox):
        stripe_sandbox.switch(delivery_slow=0.2)
        began = time.monotonic()

        make_event(make_client(stripe_sandbox))

        assert inbox.wait_for(1)[0].at - began > 0.2


class TestWebhookEndpoint:
    def test_shows_its_secret_once(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        created = client.v1.webhook_endpoints.create(
            {"url": "https://shop.example/hook", "enabled_events": ["*"]}
        )

        assert created.secret.startswith("whsec_")
        assert "secret" not in client.v1.webhook_endpoints.retrieve(created.id)

    def test_can_be_disabled_and_deleted(self, stripe_sandbox, inbox):
        client = make_client(stripe_sandbox)
        endpoint = client.v1.webhook_endpoints.list().data[0]

        disabled = client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
        make_event(client)
        deleted = client.v1.webhook_endpoints.delete(endpoint.id)

        assert (disabled.status, deleted.deleted) == ("disabled", True)
        assert stripe_sandbox.deliveries() == []
        assert client.v1.webhook_endpoints.list().data == []

    def test_to_forward_to_is_the_last_that_was_named(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        for port in (8000, 8001):
            stripe_sandbox.forward(f"http://127.0.0.1:{port}/webhooks/stripe/", SECRET)

        endpoints = client.v1.webhook_endpoints.list().data
        assert [endpoint.url for endpoint in endpoints] == [
            "http://127.0.0.1:8001/webhooks/stripe/"
        ]


class TestSigned:
    def test_signs_with_the_secret_that_the_settings_have(self, stripe_sandbox, settings):
        make_event(make_client(stripe_sandbox))

        body, headers = stripe_sandbox.signed(stripe_sandbox.events()[0])

        secret = settings.STRIPE_WEBHOOK_SECRET
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret)
