"""The language after signing in: that of the person where it is known, else that of the browser."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from tests.people import make_user

pytestmark = pytest.mark.django_db
PAGE = reverse("billing:overview")


@pytest.fixture
def user():
    user = make_user(email="ada@example.com")
    user.set_password("a-long-passphrase")
    user.save()
    return user


def sign_in(client, language):
    given = {"login": "ada@example.com", "password": "a-long-passphrase"}
    with override(None):
        address = reverse("account_login")
    answer = client.post(address, given, headers={"accept-language": language})
    assert answer.status_code == 302, answer.text


def language_of(client, browser):
    text = client.get(PAGE, headers={"accept-language": browser}).text
    return text.partition('<html lang="')[2].partition('"')[0]


class TestAPersonWhoHasReadNothingYet:
    def test_keeps_the_language_of_the_browser(self, client, user):
        sign_in(client, "de-DE")

        assert language_of(client, "de-DE") == "de"


class TestAPersonWhoHasReadPages:
    def test_keeps_their_own_language_in_a_new_browser(self, client, user):
        client.force_login(user)
        assert language_of(client, "zh-hans") == "zh-hans"
        client.logout()
        client.cookies.clear()

        sign_in(client, "de-DE")

        assert language_of(client, "de-DE") == "zh-hans"
