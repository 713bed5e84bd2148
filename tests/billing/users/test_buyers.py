"""Who bought, as Stripe's page asked for tax: kept, shown on statements, and taken out again."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import BuyerDetails, Purchase, StripeEvent
from billing.privacy import download, erasure, text_search
from billing.stripe_gateway.objects import Buyer
from billing.users import buyers
from tests.billing.test_races import at_once, posting
from tests.people import make_user

pytestmark = pytest.mark.django_db

COMPANY = {"country": "DE", "name": "Beispiel GmbH", "tax_id": "DE123456789"}


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def asked(taxed, settings):
    """A shop that asks businesses for their tax number."""
    settings.BILLING_TAX_ID_COLLECTION = True
    return taxed


def sell(shop, user, **buyer):
    plan = shop.plan(currency="eur", tax_behavior="exclusive")
    return shop.sell(user=user, plan=plan, buyer=COMPANY | buyer)


def buyer_on_statement(client):
    month = timezone.now().date().replace(day=1)
    answer = client.get(reverse("billing:statement", args=[month]))
    assert all(line in answer.text for line in answer.context["buyer"])
    return answer.context["buyer"]


class TestKeep:
    def test_takes_what_the_page_asked_for(self, asked, user):
        purchase = sell(asked, user)

        kept = purchase.buyer_details
        assert kept.name == "Beispiel GmbH"
        assert kept.address["country"] == "DE"
        assert kept.tax_ids == [{"type": "eu_vat", "value": "DE123456789"}]

    def test_takes_nothing_where_nobody_asked(self, shop):
        shop.sell()

        assert not BuyerDetails.objects.exists()

    @pytest.mark.parametrize(
        "setting",
        [{"BILLING_TAX_ID_COLLECTION": True}, {"BILLING_ADDRESS_COLLECTION": "required"}],
    )
    def test_takes_it_where_a_setting_asks(self, shop, settings, setting):
        for name, value in setting.items():
            setattr(settings, name, value)

        purchase = shop.sell(buyer={"name": "Ada"})

        assert BuyerDetails.objects.get().purchase == purchase

    def test_takes_the_first_that_is_said_once(self, asked, user):
        purchase = sell(asked, user)

        buyers.keep(Buyer(name="Somebody else"), purchase=purchase)

        assert BuyerDetails.objects.get().name == "Beispiel GmbH"


class TestRead:
    @pytest.mark.parametrize(
        "details",
        [
            None,
            [],
            "x",
            {"name": 1, "address": [], "tax_ids": "x"},
            {"name": None, "address": None, "tax_ids": None},
            {"tax_ids": [None, 1, {"type": "eu_vat", "value": None}]},
        ],
    )
    def test_leaves_out_what_is_not_as_documented(self, details):
        assert not Buyer.read(details)

    def test_keeps_no_novel_and_no_nul(self):
        tax_ids = [{"type": "eu_vat", "value": "1"}] * 99

        read = Buyer.read({"name": "A\0" + "x" * 5000, "tax_ids": tax_ids})

        assert read.name == "A" + "x" * 499
        assert len(read.tax_ids) == 10


class TestStatement:
    def test_names_the_buyer_as_they_said_for_tax(self, asked, client, user):
        sell(asked, user)

        assert buyer_on_statement(client) == [
            *("Beispiel GmbH", "Germany", "EU VAT DE123456789"),
            user.email,
        ]

    def test_names_the_country_in_the_readers_language(self, asked, client, user):
        sell(asked, user)
        client.cookies["django_language"] = "zh-hans"

        assert "德国" in buyer_on_statement(client)

    def test_of_a_month_names_what_was_said_last_until_its_end(self, asked, client, user):
        then = sell(asked, user)
        now = sell(asked, user, name="Neue GmbH")
        before = then.paid_at - timedelta(days=400)
        Purchase.objects.filter(pk=then.pk).update(paid_at=before)

        assert buyer_on_statement(client)[0] == "Neue GmbH"
        assert buyers.latest(now.account, before=now.paid_at) == then.buyer_details
        assert buyers.latest(now.account, before=before) is None

    def test_takes_the_name_of_the_site_where_nothing_was_said(self, shop, client, user):
        user.first_name, user.last_name = "Ada", "Lovelace"
        user.save()
        shop.sell(user=user)

        assert buyer_on_statement(client) == ["Ada Lovelace", user.email]


class TestPrivacy:
    def test_is_erased_with_the_person_and_stands_nowhere_else(self, asked, user):
        sell(asked, user)

        erased = erasure.erase(user=user)

        assert erased.rows["buyer's details"] == 1
        assert not BuyerDetails.objects.exists()
        assert StripeEvent.objects.exists()
        assert not text_search.find({"Beispiel GmbH", "DE123456789"})

    def test_is_in_what_a_person_downloads(self, asked, user):
        purchase = sell(asked, user)

        [said] = json.loads("".join(download.document(user, at=timezone.now())))["buyer_details"]

        assert said["purchase__uuid"] == str(purchase.uuid)
        assert said["name"] == "Beispiel GmbH"
        assert said["tax_ids"][0]["value"] == "DE123456789"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_is_kept_once_however_often_the_session_is_told_of(self, asked, settings):
        settings.STRIPE_TIMEOUT = 60
        user = make_user()
        plan = asked.plan(currency="eur", tax_behavior="exclusive")
        purchase = asked.open(user=user, plan=plan)
        asked.pay(purchase, **COMPANY)
        event = asked.event("checkout.session.completed")

        results = at_once(*[posting(asked, event) for _ in range(4)])

        assert results == [200] * 4
        assert BuyerDetails.objects.get().name == "Beispiel GmbH"
