"""What waits for staff, in a browser: fit for everybody, and a refund in two clicks."""

import pytest

from billing.models import FraudWarning, Shortfall, StripeEvent
from tests.credits.factories import make_spend
from tests.staff import make_colleague, page


@pytest.fixture
def waiting(shop):
    """One of everything that waits for staff."""
    shop.stripe.switch(delivery_off=True)
    warned, short, aside = shop.sell(), shop.sell(), shop.open()
    make_spend(account=warned.account, credits=30)
    shop.stripe.warn(warned.payment.stripe_payment_intent_id)
    make_spend(account=short.account, credits=80)
    shop.refund(short)
    shop.deliver()
    shop.pay(aside)
    event = shop.event("checkout.session.completed")
    event["data"]["object"]["amount_subtotal"] = 999
    shop.deliver(event)
    return warned, short, StripeEvent.objects.get(state="quarantined")


class TestDesks:
    def test_are_fit_for_staff(self, waiting, visitor):
        warned, short, event = waiting
        visitor.sign_in(make_colleague("Refunds"))
        for address in (
            "/admin/",
            page(StripeEvent),
            page(StripeEvent, "change", event.pk),
            f"{page(StripeEvent, 'change', event.pk)[:-7]}resolve/",
            page(FraudWarning),
            page(FraudWarning, "change", warned.payment_id),
            f"{page(FraudWarning, 'change', warned.payment_id)[:-7]}dismiss/",
            page(Shortfall),
            page(Shortfall, "change", short.lot_id),
            f"{page(Shortfall, 'change', short.lot_id)[:-7]}write-off/",
        ):
            visitor.go(address)

            visitor.inspect()

    def test_refund_what_was_warned_of_in_two_clicks(self, waiting, visitor):
        visitor.sign_in(make_colleague("Refunds"))
        browser = visitor.page
        visitor.go("/admin/")
        browser.get_by_role("link", name="Fraud warnings").first.click()

        browser.get_by_role("link", name="Refund", exact=True).click()
        browser.get_by_role("button", name="Refund $10.00").click()

        visitor.see("$10.00 was refunded.")
