"""What the doctor says of tax at Stripe."""

import pytest

from billing import doctor
from billing.models import PlanPrice
from tests.stripe_sandbox.buying import make_client, set_up_tax

pytestmark = pytest.mark.django_db


def said(level):
    return " ".join(found.message for found in doctor.examine() if found.level is level)


@pytest.fixture
def automatic(shop, settings):
    settings.BILLING_AUTOMATIC_TAX = True
    return shop


class TestAutomaticTax:
    def test_wants_a_head_office(self, automatic):
        assert "Stripe cannot calculate tax: head_office is missing" in said(doctor.Level.WRONG)

    def test_wants_a_registration(self, automatic):
        set_up_tax(make_client(automatic.stripe))

        assert "registered nowhere" in said(doctor.Level.WRONG)

    def test_is_well_with_both_and_says_where(self, automatic):
        set_up_tax(make_client(automatic.stripe), "FR", "DE")

        assert "collects it in DE, FR." in said(doctor.Level.WELL)

    def test_is_not_asked_about_while_it_is_off(self, shop):
        doctor.examine()

        assert not shop.stripe.calls("GET", "/v1/tax/settings")

    def test_finds_a_price_of_another_behavior_and_a_product_of_another_code(self, automatic):
        set_up_tax(make_client(automatic.stripe), "DE")
        price = automatic.plan(tax_behavior="exclusive").prices.get()
        client = make_client(automatic.stripe)
        client.v1.products.update(price.stripe_product_id, {"tax_code": "txcd_10103001"})
        client.v1.prices.update(price.stripe_price_id, {"tax_behavior": "inclusive"})

        wrong = said(doctor.Level.WRONG)

        assert "Stripe calls its tax inclusive, and here it is exclusive." in wrong
        assert "Stripe taxes it as txcd_10103001, not by the plan's tax code." in wrong


class TestManagedPayments:
    def test_want_a_tax_code_for_every_plan(self, shop, settings):
        settings.BILLING_MANAGED_PAYMENTS = True
        plan = shop.plan(name="Bare")
        assert "the plan Bare has no tax code" in said(doctor.Level.WRONG)

        plan.tax_code = "txcd_10103001"
        plan.save()

        assert "Every plan on sale has a tax code" in said(doctor.Level.WELL)
        assert PlanPrice.objects.count() == 1
