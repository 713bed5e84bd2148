"""Refunds of Stripe's against ours."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from billing import refunds
from billing.models import Refund
from billing.reconciliation import Kind
from credits import ledger
from tests.billing.reconciliation.running import find, forget_events, repair
from tests.people import make_staff

pytestmark = pytest.mark.django_db


class TestRefunds:
    def test_refunded_but_not_taken(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400)
        forget_events(shop)
        assert find() == [(Kind.BACK_NOT_TAKEN, refund["id"])]

        repair()

        assert ledger.balance(purchase.account) == 60
        assert repair() == []

    def test_failed_without_our_knowing(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400)
        shop.deliver()
        shop.stripe.settle_refund(refund["id"], "failed")
        forget_events(shop)
        assert find() == [(Kind.OUT_OF_STEP, refund["id"])]

        repair()

        assert ledger.balance(purchase.account) == 100

    def test_that_are_being_answered_just_now_are_left_alone(self, shop, settings):
        purchase = shop.sell()
        shop.stripe.switch(api_down=True)
        refunds.request(
            purchase=purchase,
            unit_amount=400,
            reason="",
            requested_by=make_staff(),
            nonce=uuid4(),
        )
        shop.stripe.switch(api_down=False)
        forget_events(shop)
        settings.BILLING_RECONCILE_PATIENCE = 60

        assert find() == []

    def test_pending_for_ever_so_long_is_asked_about(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400, status="pending")
        shop.deliver()
        shop.stripe.settle_refund(refund["id"], "failed")
        forget_events(shop)
        Refund.objects.update(created_at=timezone.now() - timedelta(days=40))

        found = repair(days=-1)

        assert [finding.id for finding in found] == [refund["id"]]
        assert ledger.balance(purchase.account) == 100

    def test_of_another_amount_is_told(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 400)
        shop.deliver()
        Refund.objects.update(unit_amount=300)

        kinds = {finding.kind for finding in repair()}

        assert Kind.AMOUNT_MISMATCH in kinds

    def test_that_stripe_does_not_have_is_told(self, shop):
        purchase = shop.sell()
        Refund.objects.create(
            payment=purchase.payment,
            stripe_refund_id="re_nowhere",
            unit_amount=100,
            currency="usd",
            status=Refund.Status.SUCCEEDED,
        )

        assert (Kind.UNKNOWN_OBJECT, "re_nowhere") in find()

    def test_whose_answer_was_lost_are_resolved(self, shop):
        purchase = shop.sell()
        shop.stripe.switch(api_down=True)
        refund = refunds.request(
            purchase=purchase,
            unit_amount=400,
            reason="",
            requested_by=make_staff(),
            nonce=uuid4(),
        )
        shop.stripe.switch(api_down=False)

        [finding] = repair()

        refund.refresh_from_db()
        assert (finding.kind, finding.is_repaired) == (Kind.OUTCOME_UNKNOWN, True)
        assert refund.status == Refund.Status.SUCCEEDED
