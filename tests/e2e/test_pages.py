"""Every page, fit for everybody: no axe violation in light or dark, no scrolling sideways."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from credits import ledger
from credits.models import Account, Lot
from tests.people import make_user

LONG = "Transcribed-a-file-with-a-name-that-nobody-could-break-anywhere-0123456789.mp3"
FOR_STRANGERS = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/inactive/",
    "/nowhere/",
    "/api/docs/",
]
FOR_PEOPLE = [
    "/billing/",
    "/billing/purchases/",
    "/billing/history/",
    "/billing/redeem/",
    "/billing/top-up/",
    "/billing/notifications/",
    "/billing/account/",
    "/billing/account/leave/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/billing/history/?show=expired",
    "/billing/usage/",
    f"/billing/statement/{timezone.now():%Y-%m}/",
    "/api/docs/",
    "/api/keys/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
]


@pytest.fixture
def customer(shop, settings):
    """Somebody to whom everything has happened already."""
    settings.BILLING_TOP_UPS = True
    user = make_user(email="a-person-with-quite-a-long-name@subdomain.example.com")
    account = Account.objects.for_user(user)
    shop.plan(name="Starter", description="A first taste.", unit_amount=999, is_featured=True)
    paid = shop.open(user=user)
    shop.open(user=user)
    shop.pay(paid)
    shop.stripe.wait_for("checkout.session.completed")
    shop.stripe.dispute(shop.stripe.events("charge.succeeded")[-1]["data"]["object"]["id"], 300)
    ledger.grant(
        account=account,
        credits=1_234_567,
        source="promotion",
        kind=Lot.Kind.PROMOTION,
        expires_at=timezone.now() + timedelta(days=30),
    )
    ledger.spend(account=account, credits=1_000_000, key="job", description=LONG)
    ledger.spend(account=account, credits=10_000, key="named", operation=LONG[:64])
    return user


class TestEveryPage:
    @pytest.mark.parametrize("address", FOR_STRANGERS)
    def test_is_fit_for_strangers(self, visitor, address):
        visitor.go(address)

        visitor.inspect()

    def test_is_fit_for_people_with_a_long_history(self, visitor, customer):
        visitor.sign_in(customer)
        for address in FOR_PEOPLE:
            visitor.go(address)

            visitor.inspect()

    def test_is_fit_for_somebody_new(self, visitor, shop):
        visitor.sign_in(make_user())
        for address in ("/billing/", "/billing/purchases/", "/billing/history/"):
            visitor.go(address)

            visitor.inspect()

    def test_mistakes_in_a_form_are_fit_too(self, visitor):
        visitor.go("/accounts/signup/")
        visitor.page.get_by_label("Email").fill("ada@example.com")
        visitor.page.get_by_label("Password").fill("1")
        visitor.page.get_by_role("button", name="Create the account").click()

        visitor.see("This password is too short")
        visitor.inspect()

    def test_a_key_that_was_just_made_is_fit_too(self, visitor):
        visitor.sign_in(make_user())
        visitor.go("/api/keys/")
        visitor.page.get_by_label("Name").fill("Spreadsheet")

        visitor.page.get_by_role("button", name="Make a key").click()

        visitor.see("it is shown this once")
        visitor.inspect()


class TestKeyboard:
    def test_skips_to_the_content_first(self, visitor):
        visitor.go("/accounts/login/")

        visitor.page.keyboard.press("Tab")
        expect(visitor.page.get_by_role("link", name="Skip to content")).to_be_focused()
        visitor.page.keyboard.press("Enter")

        expect(visitor.page.locator("#content")).to_be_focused()
