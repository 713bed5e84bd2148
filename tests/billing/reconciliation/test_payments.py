"""Payments against lots."""

import pytest

from billing.models import Refund
from billing.reconciliation import Kind
from credits import ledger
from tests.billing.reconciliation.running import find, forget_events, repair

pytestmark = pytest.mark.django_db


class TestLots:
    def test_that_do_not_follow_their_money_are_settled(self, shop):
        purchase = shop.sell()
        Refund.objects.create(
            payment=purchase.payment,
            stripe_refund_id=shop.refund(purchase, 400)["id"],
            unit_amount=400,
            currency="usd",
            status=Refund.Status.SUCCEEDED,
        )
        forget_events(shop)
        assert find() == [(Kind.BACK_NOT_TAKEN, purchase.payment.stripe_payment_intent_id)]

        repair()

        assert ledger.balance(purchase.account) == 60
