"""Second factors, the password once more, and sessions elsewhere, in a browser."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.e2e.visitor import SIGN_OUT
from tests.people import PASSWORD, make_staff, make_user
from tests.second_factor import App
from tests.staff import page

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def strict(settings):
    """What production demands of staff."""
    settings.STAFF_SECOND_FACTOR = True
    settings.STAFF_CONFIRM_MINUTES = 15
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # the browser is on this machine


def give_password(visitor, user):
    visitor.go("/accounts/login/")
    visitor.page.get_by_label("Email").fill(user.email)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("main").get_by_role("button", name="Sign in").click()


def plug_in_key(visitor):
    """Give the browser a passkey of its own, such as a laptop with a finger reader has."""
    chrome = visitor.page.context.new_cdp_session(visitor.page)
    chrome.send("WebAuthn.enable")
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


class TestApp:
    def test_is_set_up_by_new_staff_and_lets_them_in_from_then_on(self, visitor, strict):
        browser, staff = visitor.page, make_staff()
        give_password(visitor, staff)
        visitor.see("Staff need a second factor.")
        visitor.inspect()

        browser.get_by_role("link", name="Set up an app").click()
        visitor.inspect()
        app = App(browser.locator(".secret").inner_text())
        browser.get_by_label("code").fill(app.code())
        browser.get_by_role("button", name="Set up the app").click()
        visitor.see("Each lets you in once.")
        visitor.inspect()
        code = browser.locator(".codes code").first.inner_text()
        browser.get_by_role("link", name="I have kept them").click()
        visitor.inspect()
        browser.get_by_role("link", name="Go on to the staff pages").click()
        expect(browser).to_have_url(re.compile("/admin/$"))

        browser.get_by_role("button", name=SIGN_OUT).click()
        give_password(visitor, staff)
        visitor.see("Enter the code of your app")
        visitor.inspect()
        browser.get_by_label("code").fill(code)
        browser.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(browser).to_have_url(re.compile("/admin/$"))


class TestPasskey:
    def test_is_added_and_lets_staff_in(self, visitor, strict):
        browser, staff = visitor.page, make_staff()
        plug_in_key(visitor)
        give_password(visitor, staff)
        browser.get_by_role("link", name="Add a passkey").click()
        visitor.inspect()
        browser.get_by_label("Name").fill("My laptop")
        browser.get_by_role("button", name="Add a passkey").click()
        visitor.see("Each lets you in once.")
        visitor.go("/accounts/2fa/webauthn/")
        visitor.see("My laptop")
        visitor.inspect()

        visitor.go("/accounts/logout/")
        browser.get_by_role("main").get_by_role("button", name="Sign out").click()
        give_password(visitor, staff)
        browser.get_by_role("button", name="Use a passkey").click()
        expect(browser).to_have_url(re.compile("/admin/$"))


class TestOnceMore:
    def test_is_asked_before_a_change_which_is_then_made(self, visitor, strict, settings):
        settings.STAFF_SECOND_FACTOR = False
        settings.STAFF_CONFIRM_MINUTES = 0.00001
        browser, person = visitor.page, make_user(email="old@example.com")
        give_password(visitor, make_staff())
        visitor.go(page(User, "change", person.pk))
        browser.get_by_label("Email address").fill("New@Example.com")
        browser.get_by_role("button", name="Save", exact=True).click()

        visitor.see("Is it still you?")
        visitor.inspect()
        browser.get_by_label("Password").fill(PASSWORD)
        settings.STAFF_CONFIRM_MINUTES = 15
        browser.get_by_role("button", name="Go on").click()

        expect(browser.get_by_text("was changed successfully")).to_be_visible()
        person.refresh_from_db()
        assert person.email == "new@example.com"


class TestSessions:
    def test_elsewhere_are_seen_and_ended(self, visitor, staff):
        user = make_user()
        staff.sign_in(user)
        visitor.sign_in(user)
        visitor.go("/accounts/sessions/")
        visitor.see("Chrome on Linux")
        visitor.inspect()

        visitor.page.get_by_role("button", name="Sign out there").click()

        visitor.see("You are signed in nowhere else.")
        staff.go("/billing/")
        expect(staff.page).to_have_url(re.compile("/accounts/login/"))
