"""What the site would do with an event that was set aside."""

from dataclasses import replace

import pytest

from billing.models import StripeEvent
from billing.staff.advice import advise
from billing.stripe_gateway.objects import CheckoutSession

pytestmark = pytest.mark.django_db

GRANT, REFUND, DISMISS = (
    StripeEvent.Resolution.GRANT,
    StripeEvent.Resolution.REFUND,
    StripeEvent.Resolution.DISMISS,
)


@pytest.fixture
def paid(shop):
    """A session as Stripe shows it, paid with 10.00 USD, and its purchase, not granted yet."""
    purchase = shop.open()
    shop.pay(purchase)
    session = CheckoutSession.read(shop.event("checkout.session.completed")["data"]["object"])
    return session, purchase


def advised(session, purchase, *, why_not_grant="", money_left=1000, **values):
    return advise(
        session=session,
        purchase=purchase,
        why_not_grant=why_not_grant,
        money_left=money_left,
        **values,
    ).resolution


class TestAdvise:
    def test_grants_where_enough_was_paid(self, paid):
        session, purchase = paid

        assert advised(session, purchase) == GRANT
        assert advised(replace(session, amount_total=1190, amount_tax=190), purchase) == GRANT

    def test_sends_back_where_less_was_paid(self, paid):
        session, purchase = paid

        assert advised(replace(session, amount_total=999), purchase) == REFUND
        assert advised(replace(session, amount_total=900, amount_discount=100), purchase) == REFUND

    def test_counts_a_promotion_code_that_the_plan_takes(self, paid):
        session, purchase = paid
        purchase.allow_promotion_codes = True

        assert advised(replace(session, amount_total=900, amount_discount=100), purchase) == GRANT

    def test_sends_back_what_nobody_may_grant(self, paid):
        session, purchase = paid

        assert advised(session, purchase, why_not_grant="Another currency.") == REFUND

    def test_dismisses_where_all_of_the_money_has_gone_back(self, paid):
        session, purchase = paid
        less = replace(session, amount_total=999)

        assert advised(session, purchase, why_not_grant="Gone.", money_left=0) == DISMISS
        assert advised(less, purchase, money_left=0) == DISMISS

    def test_dismisses_what_was_not_paid(self, paid):
        session, purchase = paid

        assert advised(replace(session, payment_status="unpaid"), purchase) == DISMISS

    def test_dismisses_what_has_paid_for_the_credits(self, shop):
        purchase = shop.sell()
        session = CheckoutSession.read(shop.event("checkout.session.completed")["data"]["object"])

        assert advised(session, purchase) == DISMISS

    def test_sends_back_a_second_payment(self, shop):
        purchase = shop.sell()
        session = CheckoutSession.read(shop.event("checkout.session.completed")["data"]["object"])
        second = replace(session, payment_intent_id="pi_second")

        assert advised(second, purchase) == REFUND
        assert advised(second, purchase, money_left=0) == DISMISS

    def test_dismisses_what_tells_of_no_purchase(self, paid):
        session, purchase = paid

        assert advised(None, purchase) == DISMISS
        assert advised(session, None) == DISMISS

    def test_recommends_nothing_while_stripe_is_silent(self, paid):
        session, purchase = paid

        assert advised(session, purchase, is_silent=True) is None
