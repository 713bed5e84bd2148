"""Small payments that Stripe warns of: refunded by the site itself, once, by a setting."""

import pytest

from billing import jobs, refunds
from billing.models import Payment, Refund
from billing.staff import fraud
from credits import ledger
from tests.billing.test_races import at_once, posting
from tests.people import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _below(settings):
    settings.BILLING_FRAUD_REFUND_BELOW = {"usd": 1001, "eur": 500}


def make_warned(shop, **kwargs):
    purchase = shop.sell(**kwargs)
    shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    return purchase


def sent(shop):
    return shop.stripe.calls("POST", "/v1/refunds")


class TestRefundDue:
    def test_refunds_all_of_it_once_in_the_sites_own_name(self, shop):
        purchase = make_warned(shop)

        assert [jobs.refund_warned(), jobs.refund_warned()] == [1, 0]

        refund = Refund.objects.get()
        assert (refund.status, refund.unit_amount) == ("succeeded", 1000)
        assert (refund.reason, refund.requested_by) == ("Early fraud warning", None)
        assert len(sent(shop)) == 1
        assert ledger.balance(purchase.account) == 0
        assert not Payment.objects.warned().exists()

    def test_is_off_unless_it_is_set(self, shop, settings):
        del settings.BILLING_FRAUD_REFUND_BELOW
        make_warned(shop)

        assert jobs.refund_warned() == 0
        assert not Refund.objects.exists()

    @pytest.mark.parametrize("limit", [1000, 1])
    def test_leaves_what_is_not_below_the_amount_to_staff(self, shop, settings, limit):
        settings.BILLING_FRAUD_REFUND_BELOW = {"usd": limit}
        make_warned(shop)

        assert jobs.refund_warned() == 0
        assert Payment.objects.warned().exists()

    def test_leaves_a_currency_that_is_not_named_to_staff(self, shop, settings):
        settings.BILLING_FRAUD_REFUND_BELOW = {"eur": 100_000}
        make_warned(shop)

        assert jobs.refund_warned() == 0

    def test_refunds_nothing_that_nobody_warned_of(self, shop):
        shop.sell()

        assert jobs.refund_warned() == 0

    def test_refunds_what_is_left_of_it(self, shop):
        purchase = make_warned(shop)
        shop.refund(purchase, 300)
        shop.deliver()

        jobs.refund_warned()

        assert sorted(row.unit_amount for row in Refund.objects.all()) == [300, 700]

    def test_leaves_what_somebody_dismissed(self, shop):
        purchase = make_warned(shop)
        fraud.dismiss(payment=purchase.payment, reason="Known customer", by=make_staff())

        assert jobs.refund_warned() == 0

    def test_leaves_what_is_disputed(self, shop):
        purchase = make_warned(shop)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 200)
        shop.deliver()

        assert jobs.refund_warned() == 0

    def test_leaves_to_staff_what_stripe_refused_and_never_asks_again(self, shop):
        purchase = make_warned(shop)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)  # nobody was told yet

        assert [jobs.refund_warned(), jobs.refund_warned()] == [1, 0]

        assert Refund.objects.get().status == "failed"
        assert ledger.balance(purchase.account) == 100
        assert Payment.objects.warned().exists()

    def test_finds_out_later_where_stripe_did_not_answer(self, shop):
        purchase = make_warned(shop)
        shop.stripe.switch(api_down=True)
        jobs.refund_warned()
        assert Refund.objects.get().status == "requested"
        shop.stripe.switch(api_down=False)

        assert jobs.refund_warned() == 0
        refund = Refund.objects.select_related("payment").get()
        refunds.resolve(refund, by=None)

        assert Refund.objects.get().status == "succeeded"
        assert ledger.balance(purchase.account) == 0

    def test_of_what_is_on_hold_takes_the_credits_for_good(self, shop, settings):
        settings.BILLING_FRAUD_HOLD = True
        purchase = make_warned(shop)
        assert Payment.objects.get(pk=purchase.payment_id).fraud_held == 100

        jobs.refund_warned()

        assert Payment.objects.get(pk=purchase.payment_id).fraud_held == 0
        assert ledger.balance(purchase.account) == 0
        assert not Payment.objects.warned().exists()

    def test_refused_while_on_hold_stays_on_hold(self, shop, settings):
        settings.BILLING_FRAUD_HOLD = True
        purchase = make_warned(shop)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)  # nobody was told yet

        jobs.refund_warned()

        assert Refund.objects.get().status == "failed"
        assert Payment.objects.get(pk=purchase.payment_id).fraud_held == 100
        assert Payment.objects.warned().exists()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture(autouse=True)
    def _patience(self, settings):
        settings.STRIPE_TIMEOUT = 60

    def test_jobs_and_deliveries_refund_once_and_hold_nothing_after(self, shop, settings):
        settings.BILLING_FRAUD_HOLD = True
        purchase = shop.sell()
        shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
        event = shop.event("radar.early_fraud_warning.created")

        results = at_once(
            *[posting(shop, event) for _again in range(4)],
            *[jobs.refund_warned for _again in range(4)],
        )
        jobs.refund_warned()

        assert not [result for result in results if isinstance(result, Exception)]
        assert len(shop.stripe.events("refund.created")) == 1
        assert Refund.objects.get().unit_amount == 1000
        assert ledger.balance(purchase.account) == 0
        assert Payment.objects.get(pk=purchase.payment_id).fraud_held == 0

    def test_somebody_dismisses_while_the_job_refunds(self, shop):
        purchase = make_warned(shop)
        by = make_staff()

        results = at_once(
            jobs.refund_warned,
            lambda: fraud.dismiss(payment=purchase.payment, reason="Known customer", by=by),
        )

        assert not [result for result in results if isinstance(result, Exception)]
        refunded = Refund.objects.count()
        assert refunded == results[0]
        assert ledger.balance(purchase.account) == (0 if refunded else 100)
