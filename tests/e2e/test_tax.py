"""A business buys with tax and an invoice, as it and staff see it."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from billing import catalog
from billing.models import Purchase
from tests.people import make_staff, make_user


class TestTax:
    def test_from_the_country_to_the_invoice_and_to_a_refund(self, visitor, staff, taxed, settings):
        page = visitor.page
        settings.BILLING_TAX_ID_COLLECTION = True
        taxed.plan(name="Studio", currency="eur", unit_amount=1000, tax_behavior="exclusive")
        visitor.sign_in(make_user())
        visitor.go("/billing/")
        visitor.see("plus tax")
        page.get_by_role("button", name="Buy Studio").click()

        # Say on Stripe's page who and where the business is, and pay with tax.
        page.wait_for_url(f"{taxed.stripe.base_url}/c/pay/**")
        page.get_by_label("Country").select_option("DE")
        page.get_by_label("Business name").fill("Ada GmbH")
        page.get_by_label("Tax ID").fill("DE123456789")
        page.get_by_role("button", name="Save address").click()
        visitor.see("€11.90")
        visitor.inspect()
        visitor.pay()

        # The purchase says net, tax and gross, and leads to the invoice.
        visitor.see("100 credits were added to your balance")
        visitor.see("€1.90")
        visitor.inspect()
        page.get_by_role("link", name="Invoice").first.click()
        page.wait_for_url(f"{taxed.stripe.base_url}/i/**")
        visitor.see("DE123456789")
        visitor.see("Ada GmbH")

        # Staff send half of the gross back, and see how much of it is tax.
        purchase = Purchase.objects.get()
        staff.sign_in(make_staff())
        staff.go(f"/admin/billing/purchase/{purchase.pk}/refund/")
        staff.page.get_by_label("Amount").fill("5.95")
        staff.page.get_by_label("Reason").fill("Half of it was not needed")
        staff.page.get_by_role("button", name="Continue").click()
        staff.see("€0.95 of it is tax")
        staff.inspect(narrow=False)
        staff.page.get_by_role("button", name="Refund").click()
        staff.see("€5.95 was refunded")

        visitor.go(urlsplit(f"//x/billing/purchases/{purchase.uuid}/").path)
        visitor.see("50 of these 100 credits are left")
        expect(page.get_by_text("Partly refunded")).to_be_visible()
        visitor.inspect()


class TestAStranger:
    def test_buys_in_two_currencies_with_invoices_and_gets_both_back(
        self, visitor, staff, taxed, mailoutbox
    ):
        page = visitor.page
        plan = taxed.plan(name="Studio", currency="eur", unit_amount=1000, tax_behavior="exclusive")
        catalog.set_price(plan=plan, currency="usd", unit_amount=1200, tax_behavior="inclusive")

        # Prices, sign-up, the plan, and Stripe's page in euro.
        visitor.go("/billing/plans/")
        page.get_by_role("link", name="EUR").click()
        visitor.see("€10.00")
        page.get_by_role("link", name="Buy Studio").click()
        visitor.sign_up(mailoutbox)
        page.wait_for_url(f"**/billing/plans/{plan.slug}/**")
        page.get_by_role("button", name="Buy Studio").click()
        page.wait_for_url(f"{taxed.stripe.base_url}/c/pay/**")
        page.get_by_label("Country").select_option("DE")
        page.get_by_role("button", name="Save address").click()
        expect(page.get_by_role("button", name="Pay €11.90")).to_be_visible()
        visitor.pay()
        visitor.see("100 credits were added to your balance")
        invoice_is_there(page)

        # The same plan in dollars, with the tax inside.
        visitor.go("/billing/plans/?currency=usd")
        visitor.see("$12.00")
        visitor.go(f"/billing/plans/{plan.slug}/?currency=usd")
        page.get_by_role("button", name="Buy Studio").click()
        page.wait_for_url(f"{taxed.stripe.base_url}/c/pay/**")
        expect(page.get_by_role("button", name="Pay $12.00")).to_be_visible()
        visitor.pay()
        visitor.see("100 credits were added to your balance")
        visitor.see("$1.92")
        invoice_is_there(page)

        # Both go back, and their credits with them.
        staff.sign_in(make_staff())
        for purchase, paid in zip(Purchase.objects.order_by("pk"), ("11.90", "12.00"), strict=True):
            staff.go(f"/admin/billing/purchase/{purchase.pk}/refund/")
            staff.page.get_by_label("Amount").fill(paid)
            staff.page.get_by_label("Reason").fill("Not needed")
            staff.page.get_by_role("button", name="Continue").click()
            staff.page.get_by_role("button", name="Refund").click()
            staff.see(f"{paid} was refunded")
            visitor.go(f"/billing/purchases/{purchase.uuid}/")
            visitor.see("100 credits were taken back")
        visitor.go("/billing/")
        expect(page.locator(".amount")).to_have_text("0")


def invoice_is_there(page):
    expect(page.get_by_role("link", name=re.compile("^Invoice")).first).to_be_visible()
