"""The page of switches."""

import pytest
from django.urls import reverse

from billing import users
from tests.people import make_user

pytestmark = pytest.mark.django_db

PAGE = "/billing/notifications/"


@pytest.fixture
def user(client):
    user = make_user(email="ada@example.com")
    client.force_login(user)
    return user


class TestNotifications:
    def test_are_all_on_for_somebody_new(self, client, user):
        text = client.get(PAGE).text

        assert text.count("checked") == 2
        assert "We write to ada@example.com" in text

    def test_are_switched_as_the_form_says(self, client, user):
        answer = client.post(PAGE, {"balance_low": "on"}, follow=True)

        assert answer.redirect_chain == [(PAGE, 303)]
        assert "Saved." in answer.text
        assert users.notifications(user) == {"balance_low": True, "credits_expiring": False}
        client.post(PAGE, {"credits_expiring": "on"})
        assert users.notifications(user) == {"balance_low": False, "credits_expiring": True}

    def test_note_the_language_like_any_page(self, client, user):
        client.post(PAGE, {}, headers={"Accept-Language": "zh-hans"})

        assert users.language(user) == "zh-hans"

    def test_of_money_cannot_be_switched(self, client, user):
        client.post(PAGE, {})

        assert users.wants(user, "payment_refunded")
        assert "Payment refunded" in client.get(PAGE).text
        with pytest.raises(KeyError):
            users.switch_notifications(user, {"payment_refunded": False})

    def test_that_the_project_does_not_send_are_not_offered(self, client, user, settings):
        settings.BILLING_MAILS_OFF = ["balance_low", "payment_refunded"]

        text = client.get(PAGE).text

        assert "Balance is low" not in text
        assert "Payment refunded" not in text

    def test_are_for_people_who_are_signed_in(self, client):
        assert client.get(PAGE)["Location"] == f"{reverse('account_login')}?next={PAGE}"

    def test_are_reached_from_the_first_page(self, client, user):
        assert PAGE in client.get(reverse("billing:overview")).text
