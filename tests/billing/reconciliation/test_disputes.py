"""Disputes of Stripe's against ours."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Dispute
from billing.reconciliation import Kind
from credits import ledger
from tests.billing.reconciliation.running import find, forget_events, repair

pytestmark = pytest.mark.django_db


class TestDisputes:
    def test_disputed_but_not_taken(self, shop):
        purchase = shop.sell()
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 400)
        forget_events(shop)
        assert find() == [(Kind.DISPUTED_NOT_TAKEN, dispute["id"])]

        repair()

        assert ledger.balance(purchase.account) == 60
        assert repair() == []

    def test_won_without_our_knowing_and_long_after(self, shop):
        purchase = shop.sell()
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        shop.stripe.win(dispute["id"])
        forget_events(shop)
        Dispute.objects.update(created_at=timezone.now() - timedelta(days=60))

        found = repair(days=-1)

        assert [finding.id for finding in found] == [dispute["id"]]
        assert ledger.balance(purchase.account) == 100

    def test_that_stripe_does_not_have_is_told(self, shop):
        purchase = shop.sell()
        Dispute.objects.create(
            payment=purchase.payment,
            stripe_dispute_id="du_nowhere",
            unit_amount=100,
            currency="usd",
            status="needs_response",
            as_of=timezone.now(),
        )

        assert (Kind.UNKNOWN_OBJECT, "du_nowhere") in find()
