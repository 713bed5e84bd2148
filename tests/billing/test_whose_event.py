"""Whose an event is: other accounts at Stripe, other shops on ours, and sessions like ours."""

import copy

import pytest

from billing.models import Dispute, Payment, Refund, StripeEvent
from credits import ledger

pytestmark = pytest.mark.django_db

OTHER = "acct_1CONNECTED"


def changed(event, *, id="evt_test_changed", of=None, **fields):
    """An event under another id: `of` is what its object says otherwise."""
    event = copy.deepcopy(event) | {"id": id, **fields}
    event["data"]["object"] |= of or {}
    return event


class TestAnotherAccount:
    @pytest.mark.parametrize(
        "named",
        [{"account": OTHER}, {"context": OTHER}, {"account": OTHER, "context": f"org_1/{OTHER}"}],
        ids=str,
    )
    def test_grants_nothing_and_leaves_nothing(self, shop, named):
        purchase = shop.open()
        shop.pay(purchase)
        event = changed(shop.event("checkout.session.completed"), **named)

        answer = shop.post(event)

        assert answer.status_code == 200
        assert ledger.balance(purchase.account) == 0
        assert not Payment.objects.exists()
        assert not StripeEvent.objects.filter(stripe_event_id=event["id"]).exists()

    def test_takes_nothing_back(self, shop):
        purchase = shop.sell()
        shop.refund(purchase)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 500)

        for event in shop.undelivered():
            assert shop.post(event | {"account": OTHER}).status_code == 200

        assert ledger.balance(purchase.account) == 100
        assert not Refund.objects.exists()
        assert not Dispute.objects.exists()

    def test_is_not_confused_with_our_own_that_an_organization_names(self, shop, settings):
        settings.BILLING_STRIPE_ACCOUNT = "acct_1OURS"
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")

        shop.post(changed(event, id="evt_theirs", context=f"org_1/{OTHER}"))
        before = ledger.balance(purchase.account)
        shop.post(changed(event, id="evt_ours", context="org_1/acct_1OURS"))

        assert (before, ledger.balance(purchase.account)) == (0, 100)

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_is_not_what_an_event_names_that_names_none(self, shop, nothing):
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")

        shop.post(event | {"account": nothing, "context": nothing})

        assert ledger.balance(purchase.account) == 100
