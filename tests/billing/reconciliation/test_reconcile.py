"""What differs between Stripe and us is found, once, and made good."""

import io

import pytest
from django.core.management import CommandError, call_command

from billing import reconciliation
from billing.reconciliation import Kind
from billing.stripe_gateway import calling, reading
from billing.stripe_gateway.objects import RefundObject
from tests.billing.reconciliation.running import forget_events, repair, run

pytestmark = pytest.mark.django_db


class TestNothingDiffers:
    def test_after_every_delivery(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 400)
        shop.stripe.dispute(shop.sell().payment.stripe_payment_intent_id, 300)
        shop.open()
        expired = shop.open()
        shop.stripe.expire(expired.stripe_session_id)
        shop.pay(shop.open(), "debit_clears")
        shop.deliver()

        assert repair() == []

    def test_where_others_sell_under_the_same_account(self, shop):
        intent = calling.client().raw_request(  # somebody else's shop
            "post",
            "/v1/payment_intents",
            amount=500,
            currency="usd",
            payment_method="pm_card_visa",
            confirm="true",
        )
        shop.stripe.refund(intent.data["id"], 200)
        forget_events(shop)

        assert repair() == []


class TestPatience:
    def test_what_stripe_told_of_just_now_gets_a_moment(self, shop, settings):
        settings.BILLING_RECONCILE_PATIENCE = 2
        purchase = shop.open()
        shop.pay(purchase)
        findings = reconciliation.reconcile(run(), repair=False)
        settings.BILLING_RECONCILE_PATIENCE = 0.1

        found = {finding.kind for finding in findings}

        assert found >= {Kind.PAID_NOT_GRANTED, Kind.EVENT_NOT_TAKEN_IN}

    def test_what_arrives_in_that_moment_is_no_difference(self, shop, settings):
        settings.BILLING_RECONCILE_PATIENCE = 2
        purchase = shop.open()
        shop.pay(purchase)
        recent = list(reconciliation._differences(run()))  # noqa: SLF001

        shop.deliver()

        assert recent
        assert [list(difference.again()) for difference in recent] == [[]] * len(recent)
        assert all(run().is_recent(difference) for difference in recent)


class TestTrouble:
    def test_stripe_stopping_to_answer_ends_the_walk(self, shop):
        shop.sell()
        shop.stripe.switch(api_status=500, api_only="/v1/refunds")

        with pytest.raises(CommandError) as error:
            call_command("reconcile_stripe", stdout=io.StringIO())

        assert error.value.returncode == 2

    def test_an_object_that_nobody_understands_does_not_hide_the_others(self, shop):
        refund = shop.refund(shop.sell(), 400)

        page = reading.understood([{"id": 7}, refund, {**refund, "amount": -1}], RefundObject.read)

        assert [one.id for one in page] == [refund["id"]]
