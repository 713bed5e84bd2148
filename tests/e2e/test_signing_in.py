"""Second factors, the password once more, and sessions elsewhere, in a browser."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from playwright.sync_api import expect

from billing.models import Purchase, Refund
from tests.e2e.visitor import SIGN_OUT
from tests.people import PASSWORD, make_staff, make_user
from tests.second_factor import App, set_up_app
from tests.staff import make_colleague, page

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


def plug_in_key(visitor):
    """Give the browser a passkey of its own, such as a laptop with a finger reader has."""
    chrome = visitor.page.context.new_cdp_session(visitor.page)
    chrome.send("WebAuthn.enable")
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


class TestApp:
    def test_is_set_up_by_new_staff_and_lets_them_in_from_then_on(self, visitor, strict):
        browser, staff = visitor.page, make_staff()
        visitor.give_password(staff.email)
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
        visitor.give_password(staff.email)
        visitor.see("Enter the code of your app")
        visitor.inspect()
        browser.get_by_label("code").fill(code)
        browser.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(browser).to_have_url(re.compile("/admin/$"))


class TestRecoveryCode:
    def test_lets_staff_in_once(self, visitor, staff, strict):
        colleague = make_staff()
        set_up_app(colleague)
        codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap()
        code = codes.get_unused_codes()[0]
        for browser in (visitor, staff):
            browser.give_password(colleague.email)
            browser.page.get_by_label("code").fill(code)
            browser.page.get_by_role("main").get_by_role("button", name="Sign in").click()

        expect(visitor.page).to_have_url(re.compile("/admin/$"))
        staff.see("Incorrect code.")
        staff.inspect_on_phone_too()
        staff.go("/admin/")
        staff.see("Enter the code of your app, or one of your recovery codes.")


class TestRefused:
    def test_staff_without_the_permission_stay_in_the_admin(self, visitor):
        visitor.sign_in(make_colleague("Support"))
        visitor.go("/admin/auth/group/add/")

        visitor.see("You may not see this")
        expect(visitor.page).to_have_url(re.compile("/admin/auth/group/add/$"))
        visitor.inspect_on_phone_too()
        visitor.page.get_by_role("main").get_by_role("link", name="Staff").click()

        expect(visitor.page).to_have_url(re.compile("/admin/$"))

    def test_who_is_no_staff_is_not_asked_to_sign_in_again(self, visitor):
        visitor.sign_in(make_user())
        visitor.go("/admin/")

        visitor.see("You may not see this")
        expect(visitor.page).to_have_url(re.compile("/admin/$"))
        expect(visitor.page.get_by_role("main").get_by_role("link", name="Staff")).to_be_hidden()


class TestPasskey:
    def test_is_added_and_lets_staff_in(self, visitor, strict):
        browser, staff = visitor.page, make_staff()
        plug_in_key(visitor)
        visitor.give_password(staff.email)
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
        visitor.give_password(staff.email)
        browser.get_by_role("button", name="Use a passkey").click()
        expect(browser).to_have_url(re.compile("/admin/$"))


class TestOnceMore:
    def test_is_asked_before_a_change_which_is_then_made(self, visitor, strict, settings):
        settings.STAFF_SECOND_FACTOR = False
        settings.STAFF_CONFIRM_MINUTES = 0.00001
        browser, person = visitor.page, make_user(email="old@example.com")
        visitor.give_password(make_staff().email)
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

    def test_is_asked_before_money_moves_which_then_moves_once(
        self, visitor, strict, settings, shop
    ):
        settings.STAFF_SECOND_FACTOR = False
        browser, purchase = visitor.page, shop.sell()
        visitor.give_password(make_staff().email)
        visitor.go(f"{page(Purchase, 'change', purchase.pk)[:-7]}refund/")
        browser.get_by_label("Amount").fill("2.50")
        browser.get_by_label("Reason").fill("Asked by mail")
        browser.get_by_role("button", name="Continue").click()
        visitor.see("25 credits are taken back now")
        settings.STAFF_CONFIRM_MINUTES = 0.00001
        browser.get_by_role("button", name="Refund $2.50").click()

        visitor.see("Nothing has been done yet.")
        visitor.inspect_on_phone_too()
        assert not Refund.objects.exists()
        browser.get_by_label("Password").fill("wrong")
        browser.get_by_role("button", name="Go on").click()
        visitor.see("Is it still you?")
        assert not Refund.objects.exists()
        browser.get_by_label("Password").fill(PASSWORD)
        settings.STAFF_CONFIRM_MINUTES = 15
        browser.get_by_role("button", name="Go on").click()

        visitor.see("$2.50 was refunded.")
        assert Refund.objects.get().unit_amount == 250


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
