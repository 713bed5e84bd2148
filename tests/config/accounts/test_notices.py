"""Mails about one's own account are in the site's words, in the reader's language."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from billing.mails import messages
from tests.people import PASSWORD, make_user
from tests.second_factor import App, set_up_app

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGES = ["en", "zh-hans", "de"]
SAID = {
    "totp_activated": ["An app for codes was added", "已添加验证码应用", "Eine App für Codes"],
    "totp_deactivated": ["was removed", "已移除", "wurde entfernt"],
    "recovery_codes_generated": [
        "New recovery codes",
        "新的恢复代码",
        "Neue Wiederherstellungscodes",
    ],
    "password_changed": ["password was changed", "密码已更改", "Passwort wurde geändert"],
}


def sign_in(user, language):
    client = Client(headers={"accept-language": language})
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def newest():
    messages.send_due()
    return mail.outbox[-1]


def set_up(client, user):
    form = client.get(reverse("mfa_activate_totp")).context["form"]
    client.post(reverse("mfa_activate_totp"), {"code": App(form.secret).code()})


def take_away(client, user):
    set_up_app(user)
    client.post(reverse("mfa_deactivate_totp"))


def make_codes(client, user):
    set_up_app(user)
    client.post(reverse("mfa_generate_recovery_codes"))


def change_password(client, user):
    new = "another-Pass-1"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), form)


DONE = {
    "totp_activated": set_up,
    "totp_deactivated": take_away,
    "recovery_codes_generated": make_codes,
    "password_changed": change_password,
}


class TestNotices:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", DONE)
    def test_are_in_the_words_of_the_site(self, kind, language):
        user = make_user()
        client = sign_in(user, language)

        DONE[kind](client, user)

        sent = newest()
        assert sent.to == [user.email]
        assert SAID[kind][LANGUAGES.index(language)] in f"{sent.subject} {sent.body}"
        assert "127.0.0.1" in sent.body

    @pytest.mark.parametrize("kind", DONE)
    def test_are_not_in_the_words_of_allauth(self, kind):
        user = make_user()

        DONE[kind](sign_in(user, "en"), user)

        sent = newest()
        assert not re.search("Two-Factor|Authenticator|Security Key", f"{sent.subject} {sent.body}")
