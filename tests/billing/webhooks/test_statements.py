"""How much is asked of the database for a webhook."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
MOST = 7  # the seventh puts the mail into the outbox


def statements(shop, event):
    with CaptureQueriesContext(connection) as asked:
        shop.deliver(event)
    # Whether anybody listens to the API's webhooks is asked once in some seconds.
    return [
        one["sql"]
        for one in asked
        if not one["sql"].startswith(CONTROL) and "api_webhookendpoint" not in one["sql"]
    ]


def test_a_paid_session_is_seven_statements(shop):
    purchase = shop.open()
    shop.pay(purchase)

    asked = statements(shop, shop.event("checkout.session.completed"))

    purchase.refresh_from_db()
    assert purchase.is_paid
    assert len(asked) <= MOST, asked


def test_a_session_of_somebody_else_is_no_more(shop):
    purchase = shop.open()
    shop.pay(purchase)
    shop.deliver()
    event = shop.event("checkout.session.completed")

    event["id"], event["data"]["object"]["id"] = "evt_other", "cs_test_other"
    event["data"]["object"]["metadata"] = {}
    event["data"]["object"]["client_reference_id"] = None
    event["data"]["object"]["payment_intent"] = "pi_other"

    assert len(statements(shop, event)) <= MOST
