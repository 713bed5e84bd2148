"""What the doctor and the figures say of webhooks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint
from api.outgoing import delivering, switching
from api.outgoing.examining import examine
from billing.doctor.signals import examining
from config import metrics
from tests.api.outgoing.factories import happen, make_endpoint

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# The figures of webhooks to others, and not those of Stripe's to us.
SHOWN = ("credits_webhooks{", "credits_webhook_endpoints")


def findings():
    """The messages about webhooks, with their levels."""
    return [(finding.level.value, finding.message) for finding in examine()]


class TestDoctor:
    def test_has_nothing_to_say_where_all_is_well(self, receiver):
        make_endpoint(receiver)
        happen()
        assert findings() == []
        delivering.send_due()

        assert findings() == []

    def test_finds_webhooks_that_nobody_sends(self, receiver):
        make_endpoint(receiver)
        happen(times=2)
        WebhookDelivery.objects.update(due_at=timezone.now() - HOUR)

        assert findings() == [("wrong", "2 webhooks should have been sent by now.")]

    def test_finds_an_endpoint_that_fails(self, receiver):
        endpoint = make_endpoint(receiver, description="Render farm")
        receiver.answer = 500
        for _ in range(3):
            happen()
        delivering.send_due()

        since = WebhookEndpoint.objects.get(pk=endpoint.pk).failing_since
        assert findings() == [
            ("watch", f"Webhooks to Render farm fail since {since:%Y-%m-%d %H:%M} UTC.")
        ]

    def test_finds_one_that_was_switched_off(self, receiver):
        endpoint = make_endpoint(receiver, description="Render farm")
        switching.off(endpoint, because="It answered 410 Gone.", at=timezone.now())

        assert findings() == [
            ("watch", "Webhooks to Render farm are switched off: It answered 410 Gone.")
        ]

    def test_asks_it(self):
        assert examine in [asked for asked, _found in examining.send(sender=None)]

    def test_finds_what_was_given_up(self, receiver):
        make_endpoint(receiver)
        happen()
        WebhookDelivery.objects.update(status="failed", closed_at=timezone.now())

        assert findings() == [("watch", "1 webhooks were given up lately.")]


class TestFigures:
    def test_count_what_waits_what_was_given_up_and_who_fails(self, receiver):
        make_endpoint(receiver)
        happen(times=3)
        receiver.answer = 500
        delivering.send_due()
        WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.earliest("pk").pk).update(
            status="failed", closed_at=timezone.now()
        )

        lines = metrics.exposition().decode().splitlines()

        assert [line for line in lines if line.startswith(SHOWN)] == [
            'credits_webhooks{status="waiting"} 2.0',
            'credits_webhooks{status="failed"} 1.0',
            "credits_webhook_endpoints_failing 1.0",
        ]
