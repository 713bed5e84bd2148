"""Pages say UTC beside their times, and so they are, whatever zone the project lives in."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from credits.models import Account
from tests.credits.factories import make_lot
from tests.people import make_user

pytestmark = pytest.mark.django_db

LATE = datetime(2026, 11, 26, 22, 30, tzinfo=UTC)  # the next day already in Tokyo


@pytest.fixture(autouse=True)
def _in_tokyo(settings):
    settings.TIME_ZONE = "Asia/Tokyo"


class TestPages:
    def test_show_times_in_utc(self, client, shop):
        user = make_user()
        with time_machine.travel(LATE, tick=False):
            client.force_login(user)
            purchase = shop.open(user=user)
            make_lot(account=purchase.account, credits=5)

            pages = [
                client.get(reverse("billing:purchase", args=[purchase.uuid])).text,
                client.get(reverse("billing:purchases")).text,
                client.get(reverse("billing:history")).text,
            ]

        for text in pages:
            assert "22:30 UTC" in text
            assert "07:30" not in text
            assert "7:30 a.m." not in text

    def test_tell_who_bought_too_often_the_time_in_utc(self, client, shop, settings):
        settings.BILLING_CHECKOUTS_PER_HOUR = 1
        user, plan = make_user(), shop.plan()
        with time_machine.travel(LATE, tick=False):
            client.force_login(user)
            shop.open(user=user)

            token = {"form_token": "3f0a3cb7-6c4e-4f5e-9d57-0b1a1d3c5e7f"}
            text = client.post(reverse("billing:buy", args=[plan.slug]), token).text

        assert "Nov. 26, 2026, 23:30 UTC" in text

    def test_say_of_an_instant_which_it_is(self, client):
        user = make_user()
        client.force_login(user)
        account = Account.objects.for_user(user)
        expires_at = datetime(2999, 3, 3, tzinfo=UTC)
        make_lot(account=account, credits=5, expires_at=expires_at)

        shown = client.get(reverse("billing:overview"))

        [expiry] = shown.context["expiries"]
        assert expiry.at == expires_at
        assert ">March 3, 2999, 00:00 UTC</time>" in shown.text
