"""The language and the zone in which somebody reads: stored, and used in pages and mails."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from billing import users
from billing.mails import writing
from billing.privacy import leaving
from billing.users import zones
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)


def choose(client, *, language="en", time_zone=""):
    return client.post(
        reverse("billing:account"), {"language": language, "time_zone": time_zone}, follow=True
    )


class TestLanguage:
    def test_is_chosen_and_found_again_in_another_browser(self, client):
        user = make_user()
        client.force_login(user)

        saved = choose(client, language="zh-hans")
        other = Client()
        other.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

        assert '<html lang="zh-hans">' in saved.text
        assert users.language(user) == "zh-hans"
        assert '<html lang="zh-hans">' in other.get(reverse("billing:account")).text


class TestZone:
    def test_is_that_of_the_browser_until_it_is_chosen(self, client, shop):
        user = make_user()
        purchase = shop.sell(user=user)
        client.force_login(user)

        address = reverse("billing:purchase", args=[purchase.uuid])
        before = client.get(address).text
        choose(client, time_zone="Asia/Tokyo")
        after = client.get(address).text
        choose(client, time_zone="")

        assert "data-moment" in before
        assert "data-moment" not in after
        assert "(JST)" in after
        assert "data-moment" in client.get(address).text

    def test_is_known_in_a_session_that_began_before(self, client):
        user = make_user()
        other = Client()
        users.choose_time_zone(user, "Asia/Tokyo")
        other.force_login(user)

        other.get(reverse("billing:overview"))

        assert other.session[zones.NOTED] == "Asia/Tokyo"

    def test_is_used_in_mails(self):
        values = {"due_at": AT, "loss": leaving.Loss(credits=0, reserved=0, open_payments=0)}

        told = [
            writing.render("erasure_requested", values, language="en", zone=zone).text
            for zone in (ZoneInfo("Europe/Paris"), None)
        ]

        assert "after Jan. 3, 2026, 00:30 (CET)." in told[0]
        assert "after Jan. 2, 2026, 23:30 UTC." in told[1]

    @pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "Etc/GMT+4"])
    def test_is_one_that_there_is(self, client, name):
        user = make_user()
        client.force_login(user)

        choose(client, time_zone=name)

        assert users.time_zone(user) is None
        with pytest.raises(ValueError, match="time zone"):
            users.choose_time_zone(user, name)
