"""Whatever currency Stripe charges in: shop, payment page and admin show the same number."""

from decimal import Decimal
from urllib.request import urlopen

import pytest
from django.urls import reverse
from django.utils import translation

from billing import catalog, money
from billing.admin import pricing
from billing.models import CreditPlan, PlanPrice, Purchase
from stripe_sandbox.payments import currencies
from stripe_sandbox.payments.money import shown
from tests.people import make_staff, make_user
from tests.shop import make_plan
from tests.staff import log_in, page

pytestmark = pytest.mark.django_db

# Decimals by https://docs.stripe.com/currencies, and what is charged at the most like 1,234.50.
CHARGED = {
    "usd": (123_450, "1,234.50"),
    "jpy": (123_450, "123,450"),
    "kwd": (123_450, "123.450"),
    "isk": (123_400, "1,234.00"),
    "ugx": (123_400, "1,234.00"),
    "huf": (123_450, "1,234.50"),
    "twd": (123_450, "1,234.50"),
}


def charge(currency):
    return 123_450 - 123_450 % money.step(currency)


def number(currency):
    """Write an amount as all pages should, without the currency."""
    return f"{Decimal(charge(currency)).scaleb(-money.decimals(currency)):,}"


def test_shop_and_sandbox_know_the_same_currencies_and_limits():
    assert set(currencies.SUPPORTED) == money.CURRENCIES
    for currency in currencies.SUPPORTED:
        assert currencies.decimals(currency) == money.decimals(currency), currency
        # Without a line in Stripe's table the shop knows no least, and the sandbox takes 50.
        assert money.smallest_charge(currency) in {currencies.minimum(currency), 1}, currency


@pytest.mark.parametrize(("currency", "charged"), CHARGED.items())
def test_the_special_ones_have_the_decimals_that_stripe_says(currency, charged):
    assert (charge(currency), number(currency)) == charged


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_is_written_with_the_same_number_by_shop_admin_and_payment_page(language):
    wrong = []
    for currency in sorted(money.CURRENCIES):
        price = PlanPrice(unit_amount=charge(currency), currency=currency)
        with translation.override(language):
            ours = (money.format_money(price.unit_amount, currency), pricing.written(price))
        texts = (*ours, shown(price.unit_amount, currency))
        wrong += [(currency, text) for text in texts if number(currency) not in text]

    assert wrong == []


def test_the_special_ones_are_sold_at_that_number_on_every_page(client, shop, settings):
    settings.BILLING_CHECKOUTS_PER_HOUR = len(CHARGED)
    user, plan = make_user(), make_plan()
    for currency in CHARGED:
        catalog.set_price(plan=plan, currency=currency, unit_amount=charge(currency))
    listed = log_in(make_staff()).get(page(CreditPlan, "changelist")).text
    client.force_login(user)

    wrong = []
    for currency in CHARGED:
        window = client.get(reverse("billing:plans"), {"currency": currency}).text
        purchase = shop.open(user=user, plan=plan, currency=currency)
        with urlopen(purchase.checkout_url) as answer:  # noqa: S310 (the sandbox's own address)
            payment_page = answer.read().decode()
        own_page = client.get(reverse("billing:purchase", args=[purchase.uuid])).text
        pages = {"window": window, "payment": payment_page, "purchase": own_page, "admin": listed}
        wrong += [(currency, name) for name, text in pages.items() if number(currency) not in text]

    assert wrong == []
    # Each currency took the place of the one before: one page is open.
    assert Purchase.objects.filter(status=Purchase.Status.OPEN).count() == 1
