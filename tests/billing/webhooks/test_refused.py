"""Deliveries that are refused are counted by reason, and the doctor tells of them."""

import json
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone

from billing import jobs
from billing.doctor import Level
from billing.doctor.refused import examine
from billing.models import RefusedWebhooks
from billing.webhooks import refused
from stripe_sandbox import signing
from tests.config.test_health import figures
from tests.credits.test_races import together

pytestmark = pytest.mark.django_db

SECRET = "whsec_tests"
EVENT = json.dumps({"id": "evt_1", "type": "charge.updated", "livemode": False}).encode()
OTHER_MODE = EVENT.replace(b"false", b"true")


@pytest.fixture
def deliver(client):
    def post(body, headers):
        headers = {name: it for name, it in headers.items() if name != "Content-Type"}
        return client.post(
            reverse("billing:stripe_webhook"), body, "application/json", headers=headers
        ).status_code

    return post


def counts():
    return dict(RefusedWebhooks.objects.values_list("reason", "count"))


class TestRefused:
    def test_are_counted_by_reason(self, deliver, settings):
        old = signing.headers(EVENT, SECRET, at=int(time.time()) - 3600)

        statuses = [
            deliver(EVENT, {}),
            deliver(EVENT, signing.headers(EVENT, "whsec_of_another")),
            deliver(EVENT, old),
            deliver(OTHER_MODE, signing.headers(OTHER_MODE, SECRET)),
            deliver(b"[]", signing.headers(b"[]", SECRET)),
            deliver(b" " * 600_000, {}),
        ]
        settings.STRIPE_WEBHOOK_SECRET = ""
        statuses.append(deliver(EVENT, signing.headers(EVENT, SECRET)))

        assert statuses == [400, 400, 400, 400, 400, 413, 503]
        assert counts() == {
            "signature_wrong": 2,
            "signature_old": 1,
            "other_mode": 1,
            "not_an_event": 1,
            "too_large": 1,
            "secret_missing": 1,
        }

    def test_take_one_row_an_hour_for_each_reason(self):
        now = timezone.now()
        for hours in (0, 0, 1):
            refused.count("too_large", at=now + timedelta(hours=hours))

        assert sorted(RefusedWebhooks.objects.values_list("count", flat=True)) == [1, 2]

    def test_refusedwebhooks_once(self):
        refused.count("too_large")
        row = RefusedWebhooks.objects.get()

        with pytest.raises(IntegrityError, match="refusedwebhooks_once"):
            RefusedWebhooks.objects.create(reason=row.reason, started_at=row.started_at, count=1)

    def test_are_forgotten_after_a_week(self):
        now = timezone.now()
        for days in (0, 9):
            refused.count("too_large", at=now - timedelta(days=days))

        jobs.prune_attempts()

        assert RefusedWebhooks.objects.count() == 1

    def test_are_figures(self, client, settings):
        settings.METRICS_TOKEN = "secret"
        refused.count("signature_wrong")

        told = figures(client)

        assert told['credits_webhooks_refused_last_day{reason="signature_wrong"}'] == "1.0"
        assert told['credits_webhooks_refused_last_day{reason="other_mode"}'] == "0.0"


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_are_all_counted(self):
        together(lambda _number: refused.count("signature_wrong"), 8)

        assert counts() == {"signature_wrong": 8}

    def test_are_refused_all_the_same_while_the_database_is_away(self, deliver, monkeypatch):
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")

        assert deliver(EVENT, {}) == 400


class TestDoctor:
    def found(self):
        return [(finding.level, finding.message) for finding in examine(timezone.now())]

    def test_finds_nothing_where_none_was(self):
        assert self.found() == []

    @pytest.mark.parametrize(
        ("reason", "level"),
        [
            ("signature_old", Level.WRONG),
            ("other_mode", Level.WRONG),
            ("secret_missing", Level.WRONG),
            ("signature_wrong", Level.WATCH),
            ("not_an_event", Level.WATCH),
        ],
    )
    def test_tells_what_only_stripe_can_have_sent_from_what_anybody_can(self, reason, level):
        refused.count(reason)

        [(found, message)] = self.found()

        assert found is level
        assert message.startswith("1 webhooks of the last day were refused: ")

    def test_calls_nothing_wrong_that_is_over(self):
        refused.count("signature_old", at=timezone.now() - timedelta(hours=3))

        [(level, _message)] = self.found()

        assert level is Level.WATCH
