"""Reconciliation in the background."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from billing import jobs, refunds
from billing.models import Refund
from credits import ledger
from tests.people import make_staff

pytestmark = pytest.mark.django_db


class TestTasks:
    def test_reconcile_breaks_off_while_stripe_is_down(self, shop):
        shop.stripe.switch(api_down=True)

        assert jobs.reconcile() == 0

    def test_reconcile_repairs(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        assert jobs.reconcile() == 0
        assert ledger.balance(purchase.account) == 100

    def test_reconcile_all_reaches_further_back(self, shop, settings):
        settings.BILLING_RECONCILE_DAYS = -1
        purchase = shop.open()
        shop.pay(purchase)

        assert jobs.reconcile_all() == 0
        assert ledger.balance(purchase.account) == 100

    @pytest.fixture
    def unknown(self, shop):
        """A refund whose answer never came, two minutes ago."""
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
        Refund.objects.update(created_at=timezone.now() - timedelta(minutes=2))
        return refund

    def test_resolve_refunds_sends_them_at_last(self, shop, unknown):
        assert jobs.resolve_refunds() == 1

        unknown.refresh_from_db()
        assert unknown.status == Refund.Status.SUCCEEDED

    def test_resolve_refunds_leaves_them_while_stripe_is_down(self, shop, unknown):
        shop.stripe.switch(api_down=True)

        assert jobs.resolve_refunds() == 0

        unknown.refresh_from_db()
        assert unknown.status == Refund.Status.REQUESTED

    def test_resolve_refunds_does_not_touch_one_that_is_being_answered(self, shop, unknown):
        Refund.objects.update(created_at=timezone.now())

        assert jobs.resolve_refunds() == 0
