"""A site without webhooks does not ask for them with each operation."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.models import WebhookEvent
from credits import ledger
from credits.models import Account, Lot
from tests.api.outgoing.factories import make_endpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    return Account.objects.create()


def grant(account, source):
    ledger.grant(account=account, credits=1, source=source, kind=Lot.Kind.PROMOTION)


def test_asks_once(account):
    grant(account, "first")

    with CaptureQueriesContext(connection) as asked:
        grant(account, "second")

    assert not [one for one in asked if "api_webhookendpoint" in one["sql"]]


def test_an_endpoint_made_meanwhile_is_told_of_the_next(account):
    grant(account, "first")
    make_endpoint(url="https://example.com/")

    grant(account, "second")

    assert WebhookEvent.objects.filter(account=account).count() == 1
