"""简体中文: complete, compiled, and on every page."""

import io
import re
from gettext import GNUTranslations

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.urls import reverse

from tests.people import make_user

# Each app has its own, and the site has one for what is its own.
CATALOGUES = ("locale", "billing/locale", "credits/locale")
PAGES = [
    "/billing/",
    "/billing/purchases/",
    "/billing/history/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/nowhere/",
]


def file(catalogue, name):
    return settings.BASE_DIR / catalogue / "zh_Hans" / "LC_MESSAGES" / name


def messages(*catalogues):
    return [
        message
        for catalogue in catalogues
        for message in read_po(io.BytesIO(file(catalogue, "django.po").read_bytes()), locale="zh")
        if message.id
    ]


def first(text):
    return text[0] if isinstance(text, tuple) else text


def placeholders(text):
    return sorted(re.findall(r"%\(\w+\)s|%s", text))


class TestChinese:
    @pytest.mark.parametrize("catalogue", CATALOGUES)
    def test_says_everything_with_the_same_placeholders(self, catalogue):
        faulty = [
            message.id
            for message in messages(catalogue)
            if message.fuzzy
            or not first(message.string)
            or placeholders(first(message.string)) != placeholders(first(message.id))
        ]

        assert faulty == []

    @pytest.mark.parametrize("catalogue", CATALOGUES)
    def test_is_compiled(self, catalogue):
        with file(catalogue, "django.mo").open("rb") as opened:
            compiled = GNUTranslations(opened)

        stale = [
            message.id
            for message in messages(catalogue)
            if first(message.string)
            != (
                compiled.ngettext(message.id[0], message.id[1], 2)
                if isinstance(message.id, tuple)
                else compiled.gettext(message.id)
            )
        ]

        assert stale == [], "run `make messages`"

    @pytest.mark.django_db
    @pytest.mark.parametrize("address", PAGES)
    def test_leaves_no_english_on_a_page(self, client, address):
        client.force_login(make_user())
        sentences = [first(message.id) for message in messages(*CATALOGUES)]
        sentences = [sentence for sentence in sentences if sentence.count(" ") > 1]

        text = client.get(address, headers={"accept-language": "zh-hans"}).text

        assert '<html lang="zh-hans">' in text
        assert [sentence for sentence in sentences if sentence in text] == []

    @pytest.mark.django_db
    def test_is_chosen_with_a_button_and_stays(self, client):
        wanted = reverse("account_login")

        client.post(reverse("set_language"), {"language": "zh-hans", "next": wanted})

        assert "登录" in client.get(wanted).text
