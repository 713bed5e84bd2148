"""A person ends a purchase that is not paid."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import checkout, stripe_gateway
from billing.checkout import canceling
from billing.models import Purchase
from credits import ledger
from tests.people import make_user
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


def cancel(purchase):
    return canceling.cancel(purchase, user=purchase.account.user)


def status_at_stripe(shop, purchase):
    client = make_client(shop.stripe)
    return client.v1.checkout.sessions.retrieve(purchase.stripe_session_id).status


class TestCancel:
    def test_closes_the_page_at_stripe_and_the_purchase(self, shop):
        purchase = cancel(shop.open())

        assert purchase.status == Purchase.Status.EXPIRED
        assert (purchase.checkout_url, purchase.why) == ("", "")
        assert purchase.closed_at is not None
        assert status_at_stripe(shop, purchase) == "expired"

    def test_may_be_said_twice_and_the_event_changes_nothing(self, shop):
        purchase = cancel(shop.open())
        closed_at = purchase.closed_at

        cancel(purchase)
        shop.deliver()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED
        assert purchase.closed_at >= closed_at
        address = f"/v1/checkout/sessions/{purchase.stripe_session_id}/expire"
        assert len(shop.stripe.calls("POST", address)) == 1

    def test_is_too_late_for_one_that_was_paid(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        cancel(purchase)

        assert purchase.is_paid
        assert ledger.balance(purchase.account) == 100

    def test_leaves_one_alone_whose_bank_has_not_answered(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")

        assert cancel(purchase).status == Purchase.Status.PROCESSING

    def test_finds_out_that_the_page_had_ended(self, shop):
        purchase = shop.open()
        make_client(shop.stripe).v1.checkout.sessions.expire(purchase.stripe_session_id)

        assert cancel(purchase).status == Purchase.Status.EXPIRED

    def test_of_a_page_that_stripe_does_not_know_is_done(self, shop):
        purchase = shop.open()
        shop.stripe.reset()

        assert cancel(purchase).status == Purchase.Status.EXPIRED

    def test_changes_nothing_while_stripe_is_away(self, shop):
        purchase = shop.open()
        shop.stripe.switch(api_down=True)

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            cancel(purchase)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN

    def test_of_one_that_stripe_was_never_asked_for_closes_the_row(self, shop):
        purchase = self.unopened(shop, api_status=503)

        assert cancel(purchase).status == Purchase.Status.EXPIRED

    def test_closes_the_page_whose_answer_was_lost(self, shop, settings):
        settings.STRIPE_TIMEOUT = 0.3
        purchase = self.unopened(shop, api_hang_after_effect=1)
        settings.STRIPE_TIMEOUT = 4

        assert cancel(purchase).status == Purchase.Status.EXPIRED
        [session] = make_client(shop.stripe).v1.checkout.sessions.list({"limit": 1}).data
        assert (session.client_reference_id, session.status) == (str(purchase.uuid), "expired")

    def test_lets_the_person_buy_again(self, shop):
        purchase = shop.open()
        cancel(purchase)

        again = shop.open(user=purchase.account.user, plan=purchase.plan)

        assert again.status == Purchase.Status.OPEN
        assert again != purchase

    @staticmethod
    def unopened(shop, **trouble):
        """A purchase whose form got no answer from Stripe."""
        user = make_user()
        shop.open(user=user)  # so that the customer is known
        plan = shop.plan()
        shop.stripe.switch(**trouble, api_only="POST /v1/checkout/sessions")
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            shop.open(user=user, plan=plan)
        shop.stripe.switch(api_status=None, api_hang_after_effect=0, api_only="")
        return Purchase.objects.get(plan=plan)


class TestAPurchaseThatIsOver:
    def test_long_ago_makes_way_for_the_next(self, shop, time_machine):
        purchase = shop.open()
        time_machine.move_to(timezone.now() + timedelta(hours=2))

        again = checkout.start(
            user=purchase.account.user, plan_slug=purchase.plan.slug, form_token=purchase.uuid
        )

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED
        assert again.status == Purchase.Status.OPEN
