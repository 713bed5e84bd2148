"""The staff's site in a browser: fit for everybody, and a refund from the first page on."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from billing.models import CreditPlan, Dispute, Payment, Purchase, Refund, StripeEvent
from credits.models import Account, CreditTransaction, Lot, Movement
from tests.credits.factories import make_spend
from tests.people import make_staff
from tests.staff import make_colleague, page

EVERYTHING: list[Any] = [
    CreditPlan,
    Account,
    Lot,
    CreditTransaction,
    Movement,
    Purchase,
    Payment,
    Refund,
    Dispute,
    StripeEvent,
]


@pytest.fixture
def purchase(shop):
    """Sell something, refund a part of it and spend of the rest; then all is quiet."""
    purchase = shop.sell()
    shop.refund(purchase, 100)
    shop.deliver()
    make_spend(account=purchase.account, credits=70, description="Translate a document")
    shop.stripe.switch(delivery_off=True)
    return purchase


@pytest.fixture
def disputed(shop, purchase):
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 200)
    shop.deliver()
    return purchase


class TestEveryPage:
    def test_is_fit_for_staff(self, disputed, visitor):
        visitor.sign_in(make_staff())
        addresses = ["/admin/", "/admin/credits/", page(CreditPlan, "add")]
        for model in EVERYTHING:
            addresses += [page(model), page(model, "change", model.objects.latest("pk").pk)]
        addresses += [
            "/admin/auth/user/add/",
            page(User),
            page(User, "change", disputed.account.user.pk),
            "/admin/auth/group/1/change/",
            "/admin/account/emailaddress/",
            "/admin/djstripe/charge/",
            "/admin/procrastinate/procrastinatejob/",
            f"{page(Account, 'change', disputed.account.pk)[:-7]}adjust/",
            f"{page(Purchase, 'change', disputed.pk)[:-7]}refund/",
        ]
        for address in addresses:
            visitor.go(address)

            visitor.inspect()


class TestRefunding:
    def test_goes_from_the_first_page_to_stripe(self, purchase, visitor):
        visitor.sign_in(make_colleague("Refunds"))
        browser = visitor.page
        visitor.go("/admin/")
        browser.get_by_role("link", name="Purchases", exact=True).first.click()
        browser.get_by_label("Search").last.fill(purchase.account.user.email)
        browser.get_by_role("button", name="Search").click()
        browser.get_by_role("link", name=purchase.short_number).click()
        browser.get_by_role("link", name="Refund", exact=True).click()

        browser.get_by_label("Amount in USD").fill("2.50")
        browser.get_by_label("Reason").fill("Asked by mail")
        browser.get_by_role("button", name="Continue").click()
        visitor.see("20 credits are taken back now.")
        visitor.inspect()
        browser.get_by_role("button", name="Refund $2.50").click()

        visitor.see("$2.50 was refunded.")
        expect(browser.locator(".field-refundable .readonly")).to_have_text("$6.50")


class TestAnAccount:
    def test_explains_its_balance_and_leads_to_the_purchase(self, purchase, visitor):
        visitor.sign_in(make_colleague("Support"))
        visitor.go(page(Account, "change", purchase.account.pk))

        visitor.see("100 granted")
        visitor.see("70 spent")
        visitor.see("10 taken back")
        visitor.see("20 can be spent now")
        visitor.inspect()
        latest = visitor.page.get_by_role("region", name="Latest operations")
        latest.get_by_role("link", name=purchase.short_number).first.click()

        visitor.see(purchase.account.user.email)


class TestTheFiltersOfAList:
    def test_open_one_at_a_time_and_close_at_escape(self, purchase, visitor):
        visitor.sign_in(make_colleague("Support"))
        browser = visitor.page
        visitor.go(page(Lot))
        kind = browser.locator("details.list-filter", has_text="Kind")

        kind.locator("summary").click()
        expect(kind.get_by_role("link", name="promotion")).to_be_visible()
        visitor.inspect()
        browser.keyboard.press("Escape")
        expect(kind.get_by_role("link", name="promotion")).to_be_hidden()
        kind.locator("summary").click()
        kind.get_by_role("link", name="promotion").click()

        expect(kind.locator("summary")).to_contain_text("promotion")
        visitor.see("0 lots")
