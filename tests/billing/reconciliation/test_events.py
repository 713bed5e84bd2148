"""Events that never reached the inbox."""

import pytest

from billing.models import StripeEvent
from billing.reconciliation import Kind
from credits import ledger
from tests.billing.reconciliation.running import repair

pytestmark = pytest.mark.django_db


class TestEvents:
    def test_that_never_came_are_taken_in(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        found = repair()

        assert {finding.kind for finding in found} == {Kind.EVENT_NOT_TAKEN_IN}
        assert all(finding.is_repaired for finding in found)
        assert ledger.balance(purchase.account) == 100
        assert repair() == []

    def test_that_failed_are_tried_again(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        completed = shop.event("checkout.session.completed")
        shop.deliver(*[event for event in shop.undelivered() if event != completed])
        StripeEvent.objects.create(
            livemode=False,
            stripe_event_id=completed["id"],
            type=completed["type"],
            payload=completed,
            state=StripeEvent.State.FAILED,
            error="The disk was full.",
        )

        [finding] = repair()

        assert (finding.id, finding.is_repaired) == (completed["id"], True)
        assert ledger.balance(purchase.account) == 100

    def test_what_nobody_here_needs_is_no_finding(self, shop):
        shop.sell()
        StripeEvent.objects.filter(type="payment_intent.created").delete()

        assert repair() == []
