"""What probes and Prometheus are told."""

from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from billing.mirror import sweeping
from billing.models import StripeEvent
from config import health, metrics

pytestmark = pytest.mark.django_db

# By address and over plain HTTP, as a load balancer asks.
PROBE = "10.1.2.3"


@pytest.fixture(autouse=True)
def forgetful():
    metrics.forget()
    health.forget()


def figures(client):
    answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 200
    return dict(
        line.rsplit(" ", 1) for line in answer.content.decode().splitlines() if line[0] != "#"
    )


class TestHealthz:
    def test_answers_without_a_database(self, client, settings, django_assert_num_queries):
        settings.SECURE_SSL_REDIRECT = True

        with django_assert_num_queries(0):
            answer = Client(SERVER_NAME=PROBE).get("/healthz")

        assert (answer.status_code, answer.content) == (200, b"alive\n")


class TestReadyz:
    def test_is_ready_where_all_is_there(self):
        answer = Client(SERVER_NAME=PROBE).get("/readyz")

        assert answer.status_code == 200
        assert answer.json() == {"database": "ok", "webhook_secret": "ok", "migrations": "ok"}

    def test_is_not_without_a_webhook_secret(self, client, settings):
        settings.STRIPE_WEBHOOK_SECRET = []

        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["webhook_secret"] == "STRIPE_WEBHOOK_SECRET is not set"

    def test_is_not_with_a_migration_to_come(self, client):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'billing'")

        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert "are not applied" in answer.json()["migrations"]

    @pytest.mark.django_db(transaction=True)
    def test_is_not_without_a_database(self, client, monkeypatch):
        connections["default"].close()
        monkeypatch.setitem(connections["default"].settings_dict, "NAME", "no_such_database")

        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["database"] == "OperationalError"

    def test_looks_at_the_migrations_once(self, client, django_assert_num_queries):
        client.get("/readyz")

        with django_assert_num_queries(1):
            client.get("/readyz")


class TestMetrics:
    @pytest.fixture(autouse=True)
    def token(self, settings):
        settings.METRICS_TOKEN = "secret"

    @pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic secret", "Bearer é"])
    def test_are_nobodys_without_the_token(self, client, given):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404

    def test_are_nobodys_where_no_token_is_set(self, client, settings):
        settings.METRICS_TOKEN = ""

        answer = client.get("/metrics", headers={"Authorization": "Bearer "})

        assert answer.status_code == 404

    def test_are_everybodys_on_a_laptop(self, client, settings):
        settings.METRICS_TOKEN, settings.DEBUG = "", True

        assert client.get("/metrics").status_code == 200

    def test_of_an_empty_shop_are_zero(self, client):
        told = figures(client)

        assert told["credits_outstanding"] == "0.0"
        assert told['credits_events_unsettled{state="failed"}'] == "0.0"
        assert told["credits_event_last_timestamp_seconds"] == "0.0"

    def test_tell_of_events_purchases_refunds_and_credits(self, client, shop):
        purchase = shop.sell()
        shop.refund(purchase, 300)
        shop.deliver()

        told = figures(client)

        assert told['credits_purchases{status="paid"}'] == "1.0"
        assert told['credits_refunds{status="succeeded"}'] == "1.0"
        assert told['credits_received_minor_units{currency="usd"}'] == "1000.0"
        assert told['credits_moved{how="granted"}'] == "100.0"
        assert told['credits_moved{how="clawed_back"}'] == "30.0"
        assert told["credits_outstanding"] == "70.0"
        completed = 'type="checkout.session.completed",state="processed"'
        by_name = {
            frozenset(key.partition("{")[2].rstrip("}").split(",")): value
            for key, value in told.items()
            if key.startswith("credits_events_last_hour")
        }
        assert by_name[frozenset(completed.split(","))] == "1.0"

    def test_tell_of_what_hangs(self, client, shop):
        shop.sell()
        StripeEvent.objects.filter(type="charge.updated").update(state="failed")
        before = figures(client)
        sweeping.sweep()

        after = figures(client)

        assert before['credits_events_unsettled{state="failed"}'] == "1.0"
        assert float(before["credits_mirror_queue"]) == StripeEvent.objects.count()
        assert after["credits_mirror_queue"] == "1.0"
        assert after["credits_workers"] == "0.0"

    def test_tell_how_late_events_come(self, client, shop):
        shop.sell()
        StripeEvent.objects.update(created_at=timezone.now() - timedelta(seconds=90))

        assert float(figures(client)['credits_event_lag_seconds{of="most"}']) > 80

    def test_cost_the_same_whatever_the_shop_holds(
        self, client, shop, django_assert_max_num_queries
    ):
        for _ in range(3):
            shop.sell()

        with django_assert_max_num_queries(23):
            figures(client)
        with django_assert_max_num_queries(16):
            figures(client)
