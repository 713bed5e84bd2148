"""Who may see which page, and what the others are told."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.urls import include, path, reverse

from tests.people import make_user

pytestmark = pytest.mark.django_db

A_PURCHASE = "/billing/purchases/00000000-0000-4000-8000-000000000000/"
LISTS = ["/billing/", "/billing/purchases/", "/billing/history/", "/billing/history.csv"]
PAGES = [
    *LISTS,
    A_PURCHASE,
    f"{A_PURCHASE}status/",
    f"{A_PURCHASE}invoice/",
    "/billing/purchases.csv",
    "/billing/statement/2026-11/",
]
BUTTON = "/billing/plans/starter/buy/"


def nobody(user):
    return False


class TestPrivatePages:
    @pytest.mark.parametrize("address", [*PAGES, BUTTON])
    def test_send_a_stranger_to_sign_in_and_back(self, client, address):
        response = client.get(address)

        assert response["Location"] == f"{reverse('account_login')}?next={address}"

    @pytest.mark.parametrize("address", [*LISTS, BUTTON])
    def test_are_never_kept_in_a_cache(self, client, address):
        client.force_login(make_user())

        response = client.get(address)

        assert "no-store" in response["Cache-Control"]

    @pytest.mark.parametrize("address", PAGES)
    def test_only_look(self, client, address):
        client.force_login(make_user())

        assert client.post(address).status_code == 405

    def test_carry_a_strict_policy(self, client):
        policy = client.get(reverse("account_login"))["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


class TestBuyingWithoutAVerifiedAddress:
    def test_a_stranger_signs_in_first(self, client):
        response = client.post(BUTTON, {"form_token": uuid4()})

        assert response["Location"].startswith(reverse("account_login"))

    def test_the_unverified_get_a_code_and_words(self, client, mailoutbox):
        client.force_login(make_user(email="ada@example.com", verified=False))

        response = client.post(BUTTON, {"form_token": uuid4()}, follow=True)

        assert response.request["PATH_INFO"] == reverse("account_email_verification_sent")
        assert "Confirm your e-mail address first" in response.text
        assert mailoutbox[0].to == ["ada@example.com"]

    def test_an_address_that_was_changed_behind_our_back_has_to_be_shown_anew(self, client):
        user = make_user(email="old@example.com")
        user.email = "new@example.com"
        user.save()
        client.force_login(user)

        response = client.post(BUTTON, {"form_token": uuid4()}, follow=True)

        assert response.request["PATH_INFO"] == reverse("account_email")
        assert "Confirm your e-mail address first" in response.text

    @pytest.mark.parametrize(
        ("email", "message"),
        [("ada@example.com", "Receipts go to ada@example.com"), ("", "has no address yet")],
    )
    def test_without_allauth_a_page_says_what_to_do(
        self, client, settings, monkeypatch, email, message
    ):
        user = make_user(email="ada@example.com", verified=False)
        user.email = email
        user.save()
        monkeypatch.delitem(apps.app_configs, "account")
        settings.BILLING_EMAIL_VERIFICATION = f"{__name__}.nobody"
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "allauth" not in name]
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
        settings.ROOT_URLCONF = (path("", include("billing.urls")),)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

        response = client.post(BUTTON, {"form_token": uuid4()})

        assert response.status_code == 403
        assert message in response.text
        assert "You have not been charged." in response.text

    def test_coming_back_to_the_button_leads_to_the_plan(self, client):
        client.force_login(make_user())

        response = client.get(BUTTON)

        assert response["Location"] == reverse("billing:plan", args=["starter"])
