"""An address that staff change, and one with capitals: who gets in by it, in browsers."""

import re

from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import expect

from tests.e2e.visitor import SIGN_OUT, codes
from tests.people import PASSWORD, make_staff, make_user
from tests.staff import page

OLD, NEW = "old@example.com", "new@example.com"


class TestAnAddressThatStaffChange:
    def test_lets_the_person_in_once_it_is_verified_and_the_old_one_never(
        self, visitor, staff, mailoutbox
    ):
        browser, person = visitor.page, make_user(email=OLD)
        visitor.sign_in(person)
        staff.sign_in(make_staff())
        staff.go(page(User, "change", person.pk))
        staff.page.get_by_label("Email address").fill("New@Example.com")
        staff.page.get_by_role("button", name="Save", exact=True).click()
        expect(staff.page.get_by_text("was changed successfully")).to_be_visible()

        # The open session is over, and the old address opens none.
        visitor.go("/billing/")
        expect(browser).to_have_url(re.compile("/accounts/login/"))
        visitor.give_password(OLD)
        visitor.see("are not correct")
        visitor.inspect_on_phone_too()

        # No password is set by it: the page says what it always says, the mail has no code.
        visitor.go("/accounts/password/reset/")
        browser.get_by_label("Email").fill(OLD)
        browser.get_by_role("button", name="Send the code").click()
        visitor.see(f"We have sent a code to {OLD}")
        visitor.inspect_on_phone_too()
        assert mailoutbox[-1].to == [OLD]
        assert "There is no account with this address" in mailoutbox[-1].body
        assert codes(mailoutbox[-1]) == []

        # The new one is verified first.
        visitor.give_password(NEW.upper())
        visitor.see(f"We have sent a code to {NEW}")
        visitor.inspect_on_phone_too()
        visitor.go("/billing/")
        visitor.see(f"We have sent a code to {NEW}")
        assert mailoutbox[-1].to == [NEW]
        visitor.give_code(mailoutbox)
        expect(browser.get_by_role("button", name=SIGN_OUT)).to_be_visible()
        visitor.see(f"You are signed in as {NEW}.")


class TestAnAddressWithCapitals:
    def test_lets_in_whom_createsuperuser_has_made(self, visitor, mailoutbox, monkeypatch):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        call_command(
            "createsuperuser", username="boss", email="Boss@Example.com", interactive=False
        )

        visitor.give_password("Boss@Example.com")
        visitor.see("We have sent a code to boss@example.com")
        visitor.give_code(mailoutbox)

        expect(visitor.page).to_have_url(re.compile("/admin/$"))
