"""Which language a user reads."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from billing import users
from billing.models import Preferences
from billing.privacy import erasure
from tests.people import make_user

pytestmark = pytest.mark.django_db


def german(user):
    return "de"


def silent(user):
    return None


def read_a_page(client, language):
    client.post(reverse("set_language"), {"language": language})
    client.get(reverse("billing:overview"))
    translation.deactivate()  # as in the worker


class TestLanguage:
    def test_is_the_sites_where_nobody_says(self, settings):
        assert users.language(make_user()) == settings.LANGUAGE_CODE

    def test_is_what_the_host_says(self, settings):
        settings.BILLING_USER_LANGUAGE = f"{__name__}.german"

        assert users.language(make_user()) == "de"

    def test_is_the_sites_where_the_host_knows_none(self, settings):
        settings.BILLING_USER_LANGUAGE = f"{__name__}.silent"

        assert users.language(make_user()) == settings.LANGUAGE_CODE


class TestReading:
    def test_is_remembered_with_the_last_page(self, client):
        user = make_user()
        client.force_login(user)

        read_a_page(client, "zh-hans")
        assert users.language(user) == "zh-hans"

        read_a_page(client, "en")
        assert users.language(user) == "en"

    def test_counts_whichever_browser_it_was(self):
        user = make_user()
        phone, laptop = Client(), Client()
        for browser in (phone, laptop):
            browser.force_login(user)

        read_a_page(phone, "zh-hans")
        read_a_page(laptop, "en")

        assert users.language(user) == "en"
        assert Preferences.objects.count() == 1

    def test_writes_nothing_while_the_language_stays(self, client):
        client.force_login(make_user())
        read_a_page(client, "zh-hans")
        Preferences.objects.all().delete()

        client.get(reverse("billing:overview"))

        assert not Preferences.objects.exists()

    def test_is_forgotten_with_the_person(self, client):
        user = make_user()
        client.force_login(user)
        read_a_page(client, "zh-hans")

        erasure.erase(user=user)

        assert not Preferences.objects.exists()
