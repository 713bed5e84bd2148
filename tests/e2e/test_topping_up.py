"""A saved card, from the words that were agreed to until it is switched off, as people see it."""

import pytest
from playwright.sync_api import expect

from billing import jobs
from billing.models import CreditPlan, Purchase, SavedCard, TopUp
from credits import ledger
from credits.models import Account, Lot
from tests.billing.topups.factories import switch_on
from tests.people import make_staff, make_user


@pytest.fixture
def customer(shop, settings):
    """Somebody with 60 credits."""
    settings.BILLING_TOP_UPS = True
    shop.plan(name="Starter", credits=100, unit_amount=1000)
    user = make_user()
    ledger.grant(
        account=Account.objects.for_user(user), credits=60, source="gift", kind=Lot.Kind.PROMOTION
    )
    return user


def spend(user, credits, key):
    ledger.spend(account=user.credit_account, credits=credits, key=key)


class TestToppingUp:
    def test_by_a_spend_then_declined_then_switched_off(self, visitor, shop, customer):
        page = visitor.page
        visitor.sign_in(customer)

        # Save a card on Stripe's page.
        visitor.go("/billing/")
        page.get_by_role("link", name="Automatic top-up").click()
        visitor.see("No card is saved.")
        visitor.inspect()
        page.get_by_label("I agree").check()
        page.get_by_role("button", name="Save a card").click()
        page.wait_for_url(f"{shop.stripe.base_url}/c/pay/**")
        visitor.inspect()
        page.get_by_role("button", name="Save card").click()
        page.wait_for_url("**/billing/top-up/**")
        expect(page.get_by_text("4242")).to_be_visible()
        visitor.inspect()

        # Agree to a rule, in words.
        page.get_by_label("When my balance falls below").fill("50")
        page.get_by_label("At most in a calendar month").fill("30")
        page.get_by_role("button", name="Continue").click()
        visitor.see("When my balance falls below 50 credits")
        visitor.inspect()
        page.get_by_role("button", name="I agree").click()
        visitor.see("Automatic top-up is on.")

        # A spend tops it up.
        spend(customer, 20, "first")
        jobs.top_up()
        visitor.go("/billing/top-up/")
        visitor.see("$10.00 of at most $30.00")
        visitor.inspect()
        page.locator("td a").first.click()
        visitor.see("100 credits were added to your balance")

        # The card is declined the next time.
        card = SavedCard.objects.get()
        shop.stripe.change_card(card.stripe_payment_method_id, "chargeCustomerFail")
        spend(customer, 100, "second")
        jobs.top_up()
        declined = TopUp.objects.get(status="waiting")
        visitor.go(f"/billing/purchases/{declined.purchase.uuid}/")
        visitor.see("Your bank declined the card. You have not been charged.")
        visitor.inspect()

        # They switch it off, and nothing is tried again.
        page.get_by_role("link", name="Automatic top-up").click()
        page.get_by_role("button", name="Switch it off").click()
        visitor.see("Nothing more is charged by it.")
        visitor.inspect()
        TopUp.objects.filter(pk=declined.pk).update(due_at=declined.created_at)
        jobs.top_up()
        declined.refresh_from_db()
        assert declined.status == "canceled"

        # The card goes in Stripe's portal.
        page.get_by_role("button", name="Manage cards and address at Stripe").click()
        page.wait_for_url(f"{shop.stripe.base_url}/p/session/**")
        visitor.inspect()
        page.get_by_role("button", name="Remove the card ending in 4242").click()
        visitor.see("There is no saved card.")

    def test_is_refunded_as_any_other_purchase(self, visitor, staff, shop, customer):
        switch_on(shop, user=customer, plan=CreditPlan.objects.get(), credits=0)
        spend(customer, 20, "first")
        jobs.top_up()
        paid = Purchase.objects.get(status="paid")
        staff.sign_in(make_staff())

        staff.go(f"/admin/billing/purchase/{paid.pk}/refund/")
        staff.page.get_by_label("Amount").fill("10.00")
        staff.page.get_by_label("Reason").fill("Topped up by mistake")
        staff.page.get_by_role("button", name="Continue").click()
        staff.page.get_by_role("button", name="Refund").click()
        staff.see("$10.00 was refunded")

        visitor.sign_in(customer)
        visitor.go(f"/billing/purchases/{paid.uuid}/")
        visitor.see("$10.00 was refunded")
        visitor.inspect()
