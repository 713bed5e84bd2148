"""Purchases that a backup did not have."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import stripe_gateway
from billing.models import Customer, Payment, PlanPrice, Purchase, StripeEvent
from billing.reconciliation import Kind
from credits import ledger
from tests.billing.reconciliation.running import forget_events, repair
from tests.people import make_user
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


class TestRestoredDatabase:
    """An hour is gone here, and not at Stripe."""

    @staticmethod
    def lose(purchase):
        StripeEvent.objects.all().delete()
        Purchase.objects.filter(pk=purchase.pk).delete()
        Payment.objects.all().delete()

    @pytest.fixture
    def lost(self, shop):
        """A paid purchase of which only Stripe knows; as of before it, the rest is here."""
        user, plan = make_user(), shop.plan()
        purchase = shop.open(user=user, plan=plan)
        shop.pay(purchase)
        self.lose(purchase)
        return purchase

    def test_what_was_paid_is_granted_again(self, shop, lost):
        repair()

        again = Purchase.objects.get()
        assert (again.uuid, again.account) == (lost.uuid, lost.account)
        assert (again.status, again.credits, again.unit_amount) == ("paid", 100, 1000)
        assert ledger.balance(lost.account) == 100
        assert repair() == []

    def test_a_refund_of_that_hour_is_taken_too(self, shop, lost):
        session = stripe_gateway.retrieve_checkout_session(lost.stripe_session_id)
        shop.stripe.refund(session.payment_intent_id, 400)

        repair()

        assert ledger.balance(lost.account) == 60

    def test_what_waits_for_its_payment_waits_again(self, shop):
        purchase = shop.open()
        self.lose(purchase)

        repair()
        shop.pay(purchase)
        shop.deliver()

        assert ledger.balance(purchase.account) == 100

    @pytest.mark.parametrize(
        ("plan", "order", "granted"),
        [
            ({"quantity_maximum": 3}, {"quantity": 3}, 300),
            ({"by_amount": True}, {"amount": 3750}, 375),
        ],
        ids=str,
    )
    def test_how_many_or_how_much_was_bought_is_known(self, shop, plan, order, granted):
        make = shop.plan_by_amount if plan.pop("by_amount", False) else shop.plan
        purchase = shop.open(plan=make(**plan), **order)
        shop.pay(purchase)
        self.lose(purchase)

        repair()

        again = Purchase.objects.get()
        assert {
            name: getattr(again, name) for name in Purchase.SNAPSHOT if name != "form_token"
        } == {name: getattr(purchase, name) for name in Purchase.SNAPSHOT if name != "form_token"}
        assert ledger.balance(purchase.account) == granted
        assert repair() == []

    @pytest.mark.parametrize("quantity", ["", "three", "-3", "4"])
    def test_a_number_that_was_not_sold_is_for_a_person(self, shop, quantity):
        plan = shop.plan(quantity_maximum=3)
        purchase = shop.open(plan=plan, quantity=3)
        shop.pay(purchase)
        metadata = {"metadata": {"quantity": quantity}}
        client = make_client(shop.stripe)
        client.v1.checkout.sessions.update(purchase.stripe_session_id, metadata)
        self.lose(purchase)
        forget_events(shop)

        [finding] = repair()

        assert not finding.is_repaired
        assert not Purchase.objects.exists()

    def test_one_that_waits_beside_a_newer_one_is_for_a_person(self, shop):
        purchase = shop.open()
        self.lose(purchase)
        newer = shop.open(user=purchase.account.user, plan=purchase.plan)
        forget_events(shop)

        [finding] = repair()

        assert "has begun to buy" in finding.reason
        assert Purchase.objects.get() == newer

    def test_what_expired_is_let_go(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)
        self.lose(purchase)
        forget_events(shop)

        assert repair() == []
        assert not Purchase.objects.exists()

    @pytest.mark.parametrize(
        ("lose", "reason"),
        [
            ("price", "price price_"),
            ("plan_edited", "was edited since"),
            ("user", "is not known here"),
            ("number_given_out_again", "is someone else"),
        ],
    )
    def test_what_leaves_a_doubt_is_for_a_person(self, shop, lost, lose, reason):
        user = lost.account.user
        forget_events(shop)
        if lose == "price":
            PlanPrice.objects.all().delete()
        elif lose == "plan_edited":
            lost.plan.save()
            type(lost.plan).objects.update(updated_at=timezone.now() + timedelta(seconds=5))
        elif lose == "user":
            lost.account.user = None
            lost.account.save(update_fields=["user"])
            Customer.objects.filter(user=user).delete()
            user.emailaddress_set.all().delete()
            user.delete()
        else:
            user.date_joined = timezone.now() + timedelta(seconds=5)
            user.save()

        [finding] = repair()

        assert (finding.kind, finding.is_repaired) == (Kind.UNKNOWN_OBJECT, False)
        assert reason in finding.reason
        assert not Purchase.objects.exists()
