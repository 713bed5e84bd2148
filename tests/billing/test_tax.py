"""Tax on top of a price and inside it, with a discount and without: granted, kept, refunded."""

from uuid import uuid4

import pytest

from billing import catalog, refunds, stripe_gateway
from billing.models import Purchase
from billing.settlement.entitlement import Movements, clawback_target
from credits import ledger
from tests.people import make_staff
from tests.stripe_sandbox.buying import make_client
from tests.stripe_sandbox.test_discounting import make_code

pytestmark = pytest.mark.django_db

# Behaviour of the price, percent off; then of 10.00 EUR in Germany: discount, tax, total.
CASES = [
    ("exclusive", 0, (0, 190, 1190)),
    ("inclusive", 0, (0, 160, 1000)),
    ("exclusive", 25, (250, 143, 893)),
    ("inclusive", 25, (250, 120, 750)),
]


def sell(shop, behavior, percent_off=0, **buyer):
    plan = shop.plan(currency="eur", tax_behavior=behavior, allow_promotion_codes=True)
    if percent_off:
        make_code(make_client(shop.stripe), percent_off=percent_off)
        buyer["promotion_code"] = "LESS"
    return shop.sell(plan=plan, buyer={"country": "DE", **buyer})


def refund(purchase, unit_amount):
    return refunds.request(
        purchase=purchase,
        unit_amount=unit_amount,
        reason="",
        requested_by=make_staff(),
        nonce=uuid4(),
    )


@pytest.mark.parametrize(("behavior", "percent_off", "amounts"), CASES)
class TestPaid:
    def test_grants_and_keeps_what_was_paid(self, taxed, behavior, percent_off, amounts):
        purchase = sell(taxed, behavior, percent_off)

        discount, tax, total = amounts
        assert ledger.balance(purchase.account) == 100
        assert (purchase.amount_subtotal, purchase.amount_discount) == (1000, discount)
        assert (purchase.amount_tax, purchase.amount_total) == (tax, total)
        assert purchase.amount_net == total - tax
        assert purchase.is_tax_on_top == (behavior == "exclusive")
        assert purchase.payment.amount_received == total

    def test_goes_back_whole(self, taxed, behavior, percent_off, amounts):
        purchase = sell(taxed, behavior, percent_off)
        assert refunds.refundable(purchase) == amounts[2]

        refund(purchase, amounts[2])

        taxed.deliver()
        assert ledger.balance(purchase.account) == 0
        assert refunds.refundable(purchase) == 0

    def test_goes_back_in_part_by_what_was_paid(self, taxed, behavior, percent_off, amounts):
        purchase = sell(taxed, behavior, percent_off)

        refund(purchase, 375)

        taxed.deliver()
        assert ledger.balance(purchase.account) == 100 - 100 * 375 // amounts[2]
        assert refunds.refundable(purchase) == amounts[2] - 375


@pytest.mark.parametrize(
    ("total", "back", "credits"),
    [
        (1190, 595, 50),  # half of the gross is half of the credits, tax and all
        (1190, 1000, 84),  # the net alone is not all of it
        (1190, 1190, 100),
        (893, 1, 0),
        (893, 892, 99),
        (750, 375, 50),
        (1000, 840, 84),
    ],
)
def test_credits_follow_the_gross(total, back, credits):
    movements = Movements(not_failed=back, failed=0, seen_refunded=0, withdrawn=0)

    assert clawback_target(credits=100, charged=total, movements=movements) == credits


@pytest.mark.parametrize(
    ("tax", "total", "back", "share"),
    [(190, 1190, 1190, 190), (190, 1190, 595, 95), (143, 893, 100, 16), (0, 1000, 500, 0)],
)
def test_a_share_of_what_goes_back_is_tax(tax, total, back, share):
    assert Purchase(amount_tax=tax, amount_total=total).tax_in(back) == share


class TestAskedFor:
    """What Stripe's page is asked to see to, as the settings say."""

    def sent(self, shop, **plan):
        shop.open(plan=shop.plan(**plan))
        return shop.stripe.calls("POST", "/v1/checkout/sessions")[-1]["response"]

    def test_is_nothing_by_default_and_no_managed_payments(self, shop):
        shop.stripe.switch(managed_payments_by_default=True)

        session = self.sent(shop)

        assert not session["managed_payments"]["enabled"]
        assert not session["automatic_tax"]["enabled"]
        assert not session["invoice_creation"]["enabled"]

    def test_is_a_tax_number_saved_with_the_address(self, shop, settings):
        settings.BILLING_TAX_ID_COLLECTION = True

        assert self.sent(shop)["tax_id_collection"]["enabled"]

    def test_is_an_address(self, shop, settings):
        settings.BILLING_ADDRESS_COLLECTION = "required"

        assert self.sent(shop)["billing_address_collection"] == "required"

    def test_is_an_invoice_that_names_the_purchase(self, shop, settings):
        settings.BILLING_INVOICE_CREATION = True

        session = self.sent(shop)

        metadata = session["invoice_creation"]["invoice_data"]["metadata"]
        assert metadata == session["metadata"]

    def test_is_nothing_besides_managed_payments(self, shop, settings):
        settings.BILLING_MANAGED_PAYMENTS = True
        plan = shop.plan(tax_code="txcd_10103001", tax_behavior="exclusive")

        purchase = shop.sell(plan=plan, buyer={"country": "FR"})

        assert (purchase.amount_tax, purchase.amount_total) == (200, 1200)
        assert ledger.balance(purchase.account) == 100

    def test_fails_in_words_for_a_plan_without_a_tax_code(self, shop, settings):
        settings.BILLING_MANAGED_PAYMENTS = True

        with pytest.raises(stripe_gateway.GatewayRefused, match="tax code is missing"):
            shop.open()

        purchase = Purchase.objects.get()
        assert purchase.status == Purchase.Status.FAILED
        assert "tax code is missing" in purchase.why

    def test_stays_what_was_promised_when_the_setting_changes(self, taxed, settings):
        plan = taxed.plan(currency="eur", tax_behavior="exclusive")
        purchase = taxed.open(plan=plan)
        settings.BILLING_AUTOMATIC_TAX = False

        taxed.pay(purchase, country="DE")
        taxed.deliver()

        purchase.refresh_from_db()
        assert (purchase.status, purchase.amount_total) == ("paid", 1190)


class TestTaxNobodyAskedFor:
    def test_is_set_aside_and_granted_by_staff_alone(self, taxed, settings):
        settings.BILLING_AUTOMATIC_TAX = False
        plan = taxed.plan(currency="eur")
        purchase = taxed.open(plan=plan)
        settings.BILLING_AUTOMATIC_TAX = True
        other = taxed.open(plan=taxed.plan(currency="eur", tax_behavior="exclusive"))
        taxed.pay(other, country="DE")
        Purchase.objects.filter(pk=other.pk).delete()
        event = taxed.event("checkout.session.completed")
        event["data"]["object"] |= {
            "id": purchase.stripe_session_id,
            "metadata": {"purchase_id": str(purchase.uuid)},
        }

        taxed.deliver(event)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN
        assert purchase.why == "The session's amount_tax is 190, the purchase's 0."


class TestPrices:
    def test_with_another_tax_are_other_prices(self, taxed):

        plan = taxed.plan(currency="eur", tax_behavior="inclusive")

        same = catalog.set_price(
            plan=plan, currency="eur", unit_amount=1000, tax_behavior="inclusive"
        )
        other = catalog.set_price(
            plan=plan, currency="eur", unit_amount=1000, tax_behavior="exclusive"
        )

        same.refresh_from_db()
        assert other.pk != same.pk
        assert (same.is_active, other.is_active) == (False, True)
        client = make_client(taxed.stripe)
        assert client.v1.prices.retrieve(other.stripe_price_id).tax_behavior == "exclusive"
        assert not client.v1.prices.retrieve(same.stripe_price_id).active

    def test_that_replace_a_lost_one_keep_its_tax(self, taxed):
        purchase = sell(taxed, "inclusive")
        client = make_client(taxed.stripe)
        client.v1.prices.update(purchase.plan_price.stripe_price_id, {"active": False})

        price = catalog.publish(purchase.plan_price)

        assert price.pk != purchase.plan_price_id
        assert price.tax_behavior == "inclusive"

    def test_have_the_tax_code_of_their_plan(self, taxed):

        plan = taxed.plan(currency="eur", tax_code="txcd_10103001")
        product_id = plan.prices.get().stripe_product_id
        client = make_client(taxed.stripe)
        assert client.v1.products.retrieve(product_id).tax_code == "txcd_10103001"
        plan.tax_code = ""
        plan.save()

        catalog.refresh_product(plan)

        assert client.v1.products.retrieve(product_id).tax_code is None
