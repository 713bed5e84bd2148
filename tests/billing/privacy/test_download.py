"""Everything that is kept of a person, and nothing of anybody else."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.privacy import download
from credits import ledger
from tests.people import make_user

pytestmark = pytest.mark.django_db


def read(user):
    return json.loads("".join(download.document(user, at=timezone.now())))


class TestDocument:
    def test_has_what_was_bought_and_used(self, shop):
        ada = make_user(email="ada@example.com", first_name="Ada", last_name="Łovelace")
        purchase = shop.sell(user=ada)
        ledger.spend(account=purchase.account, credits=7, key="job", description="A song")
        shop.sell(user=make_user(email="somebody.else@example.com"))

        told = read(ada)

        assert told["person"]["email"] == "ada@example.com"
        assert told["person"]["last_name"] == "Łovelace"
        assert [row["uuid"] for row in told["purchases"]] == [str(purchase.uuid)]
        assert [row["description"] for row in told["operations"] if row["amount"] < 0] == ["A song"]
        assert told["addresses"] == [{"email": "ada@example.com", "verified": True}]
        assert told["customers_at_stripe"][0]["email"] == "ada@example.com"
        assert told["api_keys"] == []
        assert "somebody.else" not in json.dumps(told)

    def test_has_no_password(self):
        ada = make_user()

        assert ada.password not in json.dumps(read(ada))

    def test_asks_as_often_whatever_there_is(self, shop):
        ada = make_user()
        purchase = shop.sell(user=ada)

        def asked():
            with CaptureQueriesContext(connection) as queries:
                read(ada)
            return len(queries)

        few = asked()
        for number in range(30):
            ledger.spend(account=purchase.account, credits=1, key=f"job {number}")

        assert asked() == few


class TestPage:
    def test_sends_a_file(self, client):
        ada = make_user(email="ada@example.com")
        client.force_login(ada)

        response = client.get(reverse("billing:my_data"))

        assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
        assert json.loads(response.getvalue())["person"]["email"] == "ada@example.com"

    def test_is_for_who_is_signed_in(self, client):
        assert client.get(reverse("billing:my_data")).status_code == 302
