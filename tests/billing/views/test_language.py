"""简体中文 und Deutsch: complete, compiled, and on every page."""

import io
import re
from gettext import GNUTranslations

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.urls import reverse
from django.utils.translation import to_locale

from tests.people import make_user

# Each app has its own, and the site has one for what is its own.
CATALOGUES = ("locale", "api/locale", "billing/locale", "credits/locale")
# What *Sign in* is called.
LANGUAGES = {"zh-hans": "登录", "de": "Anmelden"}
PAGES = [
    "/billing/",
    "/billing/purchases/",
    "/billing/history/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/nowhere/",
]


def file(catalogue, language, name):
    return settings.BASE_DIR / catalogue / to_locale(language) / "LC_MESSAGES" / name


def messages(language, *catalogues):
    return [
        message
        for catalogue in catalogues
        for message in read_po(
            io.BytesIO(file(catalogue, language, "django.po").read_bytes()),
            locale=language.partition("-")[0],
        )
        if message.id
    ]


def each(text):
    """A text, or that of one and that of several."""
    return text if isinstance(text, tuple) else (text,)


def last(text):
    return each(text)[-1]


def placeholders(text):
    return sorted(re.findall(r"%\(\w+\)s|%s", text))


@pytest.mark.parametrize("language", LANGUAGES)
class TestEachLanguage:
    @pytest.mark.parametrize("catalogue", CATALOGUES)
    def test_says_everything_with_the_same_placeholders(self, language, catalogue):
        faulty = [
            message.id
            for message in messages(language, catalogue)
            if message.fuzzy
            or not all(each(message.string))
            or placeholders(last(message.string)) != placeholders(last(message.id))
        ]

        assert faulty == []

    @pytest.mark.parametrize("catalogue", CATALOGUES)
    def test_is_compiled(self, language, catalogue):
        with file(catalogue, language, "django.mo").open("rb") as opened:
            compiled = GNUTranslations(opened)

        def said(message):
            if isinstance(message.id, tuple):
                return compiled.ngettext(message.id[0], message.id[1], 2)
            if message.context:
                return compiled.pgettext(message.context, message.id)
            return compiled.gettext(message.id)

        stale = [
            message.id
            for message in messages(language, catalogue)
            if last(message.string) != said(message)
        ]

        assert stale == [], "run `make messages`"

    @pytest.mark.django_db
    @pytest.mark.parametrize("address", PAGES)
    def test_leaves_no_english_on_a_page(self, client, language, address):
        client.force_login(make_user())
        sentences = [each(message.id)[0] for message in messages(language, *CATALOGUES)]
        sentences = [sentence for sentence in sentences if sentence.count(" ") > 1]

        text = client.get(address, headers={"accept-language": language}).text

        assert f'<html lang="{language}">' in text
        assert [sentence for sentence in sentences if sentence in text] == []

    @pytest.mark.django_db
    def test_is_chosen_with_a_button_and_stays(self, client, language):
        wanted = reverse("account_login")

        client.post(reverse("set_language"), {"language": language, "next": wanted})

        assert LANGUAGES[language] in client.get(wanted).text
