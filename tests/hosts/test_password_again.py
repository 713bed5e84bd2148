"""`docs/integrating.md` to the letter: a host's own admin asks for the password once more."""

import sys
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.signals import user_logged_in
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone

from config import urls
from tests.credits.admin.adjusting import make_account_of_somebody
from tests.credits.factories import movements
from tests.hosts.document import section
from tests.people import PASSWORD, make_user
from tests.processes import PROJECT
from tests.staff import make_colleague

pytestmark = pytest.mark.django_db

PAGE = PROJECT / "docs" / "integrating.md"


@pytest.fixture
def host(settings, monkeypatch):
    """Let the page's site take the place of this project's, with the same lists."""
    [block] = section("The password once more", of=PAGE)
    staff, root = ModuleType("documented_staff"), ModuleType("documented_urls")
    monkeypatch.setitem(sys.modules, staff.__name__, staff)
    monkeypatch.setitem(sys.modules, root.__name__, root)
    before = list(user_logged_in.receivers)
    exec(block.text, staff.__dict__)  # noqa: S102 - what readers are told to write
    site = staff.CarefulSite(name="admin")
    for model, listed in admin.site._registry.items():  # noqa: SLF001 - no other way to list them
        site.register(model, type(listed))
    patterns: Any = urls.urlpatterns
    others = [one for one in patterns if not str(one.pattern).startswith("admin/")]
    root.urlpatterns = [path("admin/", site.urls), *others]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = root.__name__
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    yield site
    user_logged_in.receivers = before
    user_logged_in.sender_receivers_cache.clear()


@pytest.fixture
def staff():
    return make_colleague("Refunds")


@pytest.fixture
def account():
    return make_account_of_somebody()


def adjust(client, account):
    url = reverse("admin:credits_account_adjust", args=[account.pk])
    return client.post(url, {"credits": "10", "reason": "Goodwill", "nonce": uuid4()})


def give_password(client, person, url):
    return client.post(url, {"username": person.get_username(), "password": PASSWORD})


class TestThePassword:
    def test_is_not_asked_for_where_it_was_given_lately(self, host, staff, account):
        client = Client()
        give_password(client, staff, reverse("admin:login"))

        adjust(client, account)

        assert movements(account) == [100, 10]

    def test_is_asked_for_before_credits_move_and_then_lets_them(self, host, staff, account):
        client = Client()
        with time_machine.travel(timezone.now() - timedelta(minutes=16)):
            give_password(client, staff, reverse("admin:login"))

        asked = adjust(client, account)
        moved = movements(account)
        done = give_password(client, staff, asked["Location"])

        assert asked["Location"].startswith(reverse("admin:again"))
        assert moved == [100]
        assert done["Location"] == reverse("admin:credits_account_adjust", args=[account.pk])
        adjust(client, account)
        assert movements(account) == [100, 10]

    def test_is_not_asked_for_to_look(self, host, staff, account):
        client = Client()
        with time_machine.travel(timezone.now() - timedelta(minutes=16)):
            give_password(client, staff, reverse("admin:login"))

        page = reverse("admin:credits_account_change", args=[account.pk])

        assert client.get(page).status_code == 200

    def test_of_somebody_who_is_no_staff_opens_nothing(self, host, account):
        client, person = Client(), make_user()
        client.force_login(person)

        asked = adjust(client, account)

        assert asked["Location"].startswith(reverse("admin:login"))
        assert movements(account) == [100]
