"""What staff decide, explained on the page, in a browser."""

import pytest
from playwright.sync_api import expect

from billing.models import FraudWarning, StripeEvent
from tests.staff import make_colleague, page


@pytest.fixture
def aside(shop):
    """An event that asks for less than what was promised, and was set aside."""
    shop.stripe.switch(delivery_off=True)
    purchase = shop.open()
    shop.pay(purchase)
    event = shop.event("checkout.session.completed")
    event["data"]["object"]["amount_subtotal"] = 999
    shop.deliver(event)
    return StripeEvent.objects.get(state="quarantined")


@pytest.fixture
def on_hold(shop, settings):
    """A purchase whose credits are on hold, as its buyer's bank warns of fraud."""
    settings.BILLING_FRAUD_HOLD = True
    shop.stripe.switch(delivery_off=True)
    purchase = shop.sell()
    shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    return purchase


class TestEvent:
    def test_comes_with_what_is_on_offer_and_a_recommendation(self, aside, visitor):
        visitor.sign_in(make_colleague("Refunds"))
        browser = visitor.page
        visitor.go(page(StripeEvent, "resolve", aside.pk))

        visitor.see("Stripe says now: this session is paid, with $10.00.")
        visitor.see("Recommended: Grant the credits. The buyer has paid at least what")
        visitor.see("No money and no credits move.")
        visitor.inspect()
        browser.get_by_role("radio", name="Grant 100 credits").check()
        browser.get_by_role("textbox", name="Reason").fill("Paid in full")
        browser.get_by_role("button", name="Decide").click()

        expect(browser.locator(".messagelist")).to_contain_text("100 credits were granted.")

    def test_is_red_on_the_first_page_and_what_waits_for_nobody_is_not(self, aside, visitor):
        visitor.sign_in(make_colleague("Refunds"))
        visitor.go("/admin/")

        red = visitor.page.locator(".tile-alarm")
        expect(red).to_have_count(1)
        expect(red).to_contain_text("Quarantined events")


class TestFraud:
    def test_says_to_the_buyer_why_credits_are_on_hold(self, on_hold, visitor):
        visitor.sign_in(on_hold.account.user)
        visitor.go(f"/billing/purchases/{on_hold.uuid}/")

        visitor.see("100 credits of this purchase are on hold.")
        visitor.see("its holder may not have made this payment")
        visitor.inspect()

    def test_gives_them_back_when_staff_dismiss_the_warning(self, on_hold, visitor):
        visitor.sign_in(make_colleague("Refunds"))
        browser = visitor.page
        visitor.go(page(FraudWarning))
        browser.get_by_role("link", name="Dismiss").click()

        visitor.see("Of this purchase, 100 credits are on hold: they come back.")
        visitor.inspect()
        browser.get_by_label("Reason").fill("Known customer")
        browser.get_by_role("button", name="Dismiss").click()

        expect(browser.locator(".messagelist")).to_contain_text("Noted. Nothing was refunded.")
