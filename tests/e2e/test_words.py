"""What people read about their account is in the site's words, and none of it allauth's own."""

import re
from pathlib import Path

import allauth
import pytest
from playwright.sync_api import expect

from tests.people import PASSWORD, make_user

TEMPLATES = Path(allauth.__file__).parent / "templates"
TRANSLATED = re.compile(
    r"{%\s*trans(?:late)?\s+[\"'](?P<line>[^\"']+)[\"']"
    r"|{%\s*blocktrans(?:late)?\b[^%]*%}(?P<block>.*?){%\s*endblocktrans",
    re.DOTALL,
)
SIGNED_OUT = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/inactive/",
]
SIGNED_IN = [
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/email/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/sessions/",
]


@pytest.fixture(scope="module")
def allauths():
    """Collect the sentences of allauth's own pages, in pieces between what is put into them."""
    found: set[str] = set()
    for room in ("account", "mfa", "usersessions"):
        for template in (TEMPLATES / room).rglob("*.html"):
            for each in TRANSLATED.finditer(template.read_text()):
                pieces = re.split(r"{[{%].*?[%}]}|<.*?>", each["line"] or each["block"])
                found.update(" ".join(piece.split()) for piece in pieces)
    sentences = {piece for piece in found if len(piece.split()) >= 3}
    assert "Already have an account? Then please" in sentences
    return sentences


@pytest.fixture
def is_ours(visitor, allauths):
    """Demand of the page on which the browser stands that it has a heading and none of those."""

    def is_ours():
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        text = " ".join(visitor.page.locator("body").inner_text().split())
        text = f"{visitor.page.title()} {text}".lower()
        theirs = [sentence for sentence in allauths if sentence.lower() in text]
        assert theirs == [], f"{visitor.page.url}: {theirs}"

    return is_ours


class TestEveryPage:
    def test_is_in_our_words_for_strangers(self, visitor, is_ours):
        for address in SIGNED_OUT:
            visitor.go(address)

            is_ours()

    def test_is_in_our_words_for_somebody_signed_in(self, visitor, is_ours):
        visitor.sign_in(make_user())
        for address in SIGNED_IN:
            visitor.go(address)

            is_ours()


class TestCodes:
    def test_sign_somebody_up_with_one_message(self, visitor, is_ours, mailoutbox):
        visitor.go("/accounts/signup/")
        visitor.page.get_by_label("Email").fill("ada@example.com")
        visitor.page.get_by_label("Password").fill(PASSWORD)
        visitor.page.get_by_role("button", name="Create the account").click()
        visitor.see("We have sent a code to ada@example.com")
        is_ours()
        visitor.page.locator("[name=code]").fill("nonsense")
        visitor.page.get_by_role("button", name="Confirm").click()
        is_ours()
        visitor.give_code(mailoutbox)

        says_once(visitor, "You are signed in as ada@example.com.")

    def test_sign_somebody_in_with_one_message(self, visitor, is_ours, mailoutbox):
        user = make_user()
        visitor.go("/accounts/login/code/")
        visitor.page.get_by_label("Email").fill(user.email)
        visitor.page.get_by_role("button", name="Send the code").click()
        visitor.see("We have sent a code")
        is_ours()
        visitor.inspect_on_phone_too()
        visitor.give_code(mailoutbox)

        says_once(visitor, f"You are signed in as {user.email}.")

    def test_let_somebody_choose_a_new_password(self, visitor, is_ours, mailoutbox):
        user = make_user()
        visitor.go("/accounts/password/reset/")
        visitor.page.get_by_label("Email").fill(user.email)
        visitor.page.get_by_role("button", name="Send the code").click()
        visitor.see("We have sent a code")
        is_ours()
        visitor.give_code(mailoutbox)
        for field in visitor.page.locator("[type=password]").all():
            field.fill("another-Pass-1")
        is_ours()
        visitor.inspect_on_phone_too()
        visitor.page.get_by_role("button", name="Set the password").click()
        is_ours()

        visitor.give_password(user.email, "another-Pass-1")
        visitor.go("/billing/")
        visitor.see("You have no credits yet")


class TestTooManyAttempts:
    def test_lead_on_to_a_code(self, visitor, is_ours, mailoutbox):
        user = make_user()
        for number in range(5):
            visitor.give_password(user.email, f"guess {number}")
            visitor.see("are not correct")
        visitor.give_password(user.email)

        visitor.see("Try again in some minutes, or have a code sent to you.")
        is_ours()
        visitor.inspect_on_phone_too()
        visitor.page.get_by_role("link", name="Send me a code instead").click()
        visitor.page.get_by_label("Email").fill(user.email)
        visitor.page.get_by_role("button", name="Send the code").click()
        visitor.give_code(mailoutbox)

        says_once(visitor, f"You are signed in as {user.email}.")


def says_once(visitor, words):
    """See one message, and no other beside it."""
    expect(visitor.page.locator(".messages .notice")).to_have_text([words])
