"""Refunded and disputed purchases as staff find them, in a browser."""

import pytest
from playwright.sync_api import expect

from billing.models import Dispute, Purchase
from tests.staff import make_colleague, page


@pytest.fixture
def sold(shop):
    """One purchase refunded in part, and one disputed; then all is quiet."""
    refunded, disputed = shop.sell(), shop.sell()
    shop.refund(refunded, 300)
    shop.stripe.dispute(disputed.payment.stripe_payment_intent_id)
    shop.deliver()
    shop.stripe.switch(delivery_off=True)
    return refunded, disputed


class TestPurchases:
    def test_say_what_the_buyer_reads_and_are_found_by_it(self, sold, visitor):
        refunded, disputed = sold
        visitor.sign_in(make_colleague("Refunds"))
        browser = visitor.page
        visitor.go(page(Purchase))

        rows = browser.locator("#result_list tbody tr")
        expect(rows.filter(has_text=refunded.short_number)).to_contain_text("Partly refunded")
        expect(rows.filter(has_text=refunded.short_number)).to_contain_text("Refunded: $3.00")
        expect(rows.filter(has_text=disputed.short_number)).to_contain_text("Disputed: $10.00")
        visitor.go(f"{page(Purchase)}?state=disputed")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(disputed.short_number)
        visitor.inspect()

    def test_keep_the_button_off_and_say_why(self, sold, visitor):
        _refunded, disputed = sold
        visitor.sign_in(make_colleague("Refunds"))
        browser = visitor.page
        visitor.go(page(Purchase, "change", disputed.pk))

        expect(browser.get_by_role("button", name="Refund", exact=True)).to_be_disabled()
        visitor.see("The bank holds this money until it has decided on the dispute.")
        visitor.inspect()
        browser.get_by_role("link", name="dispute", exact=True).first.click()
        expect(browser).to_have_url(
            f"{visitor.site}{page(Dispute, 'change', Dispute.objects.get().pk)}"
        )

    def test_say_where_the_money_is_and_show_no_green_tick(self, sold, visitor):
        _refunded, disputed = sold
        visitor.sign_in(make_colleague("Refunds"))
        visitor.go(page(Purchase, "refund", disputed.pk))

        message = visitor.page.locator(".messagelist li")
        expect(message).to_have_class("warning")
        expect(message).to_contain_text("The bank holds this money")
        expect(message.get_by_role("link", name="dispute")).to_be_visible()


class TestDisputes:
    def test_wait_on_the_first_page_with_the_way_to_answer(self, sold, shop, visitor):
        _refunded, disputed = sold
        visitor.sign_in(make_colleague("Support"))
        browser = visitor.page
        visitor.go("/admin/")

        waiting = browser.get_by_role("region", name="Disputes to answer")
        expect(waiting).to_contain_text(disputed.account.user.email)
        expect(waiting).to_contain_text("To be answered")
        expect(waiting).to_contain_text("Fraud: the cardholder did not pay")
        expect(waiting).to_contain_text("days left")
        visitor.inspect()
        waiting.get_by_role("link", name="Answer at Stripe").click()
        payment = disputed.payment.stripe_payment_intent_id
        expect(browser).to_have_url(f"{shop.stripe.base_url}/payments/{payment}")

    def test_are_listed_the_soonest_due_first(self, sold, visitor):
        visitor.sign_in(make_colleague("Support"))
        visitor.go("/admin/")
        visitor.page.get_by_role("link", name="Disputes to answer").click()

        visitor.see("Answer at Stripe")
        visitor.inspect()
