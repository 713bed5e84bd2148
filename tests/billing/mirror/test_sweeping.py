"""What dj-stripe's tables say after a sweep, and what it cost to get there."""

import pytest
from djstripe import models as djstripe

from billing import stripe_gateway
from billing.mirror import sweeping
from billing.models import StripeEvent
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


def calls(shop):
    """What Stripe was asked, as method and path without ids."""
    return [
        f"{call['method']} /v1/{call['path'].split('/')[2]}"
        for call in shop.stripe.traffic
        if call["method"] == "GET"
    ]


def statuses(model):
    return list(model.objects.order_by("djstripe_id").values_list("stripe_data__status", flat=True))


class TestSweep:
    def test_of_a_sale_mirrors_all_that_belongs_to_it(self, shop):
        purchase = shop.sell()

        sweeping.sweep()

        session = djstripe.Session.objects.get()
        charge = djstripe.Charge.objects.get()
        assert session.id == purchase.stripe_session_id
        assert session.payment_intent.id == purchase.payment.stripe_payment_intent_id
        assert session.customer.subscriber == purchase.account.user
        assert (charge.payment_intent, charge.customer) == (
            session.payment_intent,
            session.customer,
        )
        assert (charge.amount, charge.currency, charge.status) == (10, "usd", "succeeded")
        assert djstripe.Price.objects.get().id == purchase.plan_price.stripe_price_id
        assert djstripe.Product.objects.get().name == purchase.plan.name
        assert djstripe.Event.objects.filter(type="checkout.session.completed").exists()

    def test_of_the_first_sale_of_a_plan_asks_for_the_plan_and_the_payment(self, shop):
        shop.sell()

        sweeping.sweep()

        assert calls(shop) == ["GET /v1/products", "GET /v1/prices", "GET /v1/payment_intents"]

    def test_of_ten_sales_asks_once_for_each(self, shop):
        plan = shop.plan()
        shop.sell(plan=plan)
        sweeping.sweep()
        shop.stripe.traffic.clear()
        for _ in range(9):
            shop.sell(plan=plan)

        swept = sweeping.sweep()

        assert calls(shop) == ["GET /v1/payment_intents"] * 9
        assert swept.calls == 9

    def test_of_a_refund_and_a_dispute_asks_nothing(self, shop):
        purchase = shop.sell()
        sweeping.sweep()
        shop.stripe.traffic.clear()
        shop.refund(purchase, 300)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 700)
        shop.deliver()

        sweeping.sweep()

        refund, dispute = djstripe.Refund.objects.get(), djstripe.Dispute.objects.get()
        assert calls(shop) == []
        assert (refund.amount, refund.status) == (300, "succeeded")
        assert refund.charge == dispute.charge == djstripe.Charge.objects.get()
        assert dispute.amount == 700
        assert djstripe.BalanceTransaction.objects.filter(source=dispute.id).exists()
        assert djstripe.Charge.objects.get().amount_refunded == 300

    def test_takes_each_event_once(self, shop):
        shop.sell()

        first, second = sweeping.sweep(), sweeping.sweep()

        assert first.events == StripeEvent.objects.count()
        assert (second.events, second.calls) == (0, 0)

    def test_of_a_debit_that_cleared_shows_the_payment_as_it_is_now(self, shop):
        plan = shop.plan()
        purchase = shop.open(plan=plan)
        shop.pay(purchase, "debit_clears")
        shop.deliver()
        sweeping.sweep()
        before = statuses(djstripe.PaymentIntent)
        shop.stripe.settle_debit(purchase.stripe_session_id)
        shop.deliver()

        sweeping.sweep()

        assert (before, statuses(djstripe.PaymentIntent)) == (["processing"], ["succeeded"])

    def test_leaves_payments_of_others_alone(self, shop):
        make_client(shop.stripe).v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
        shop.deliver()
        StripeEvent.objects.update(received_at="2026-01-01T00:00:00Z")
        shop.stripe.traffic.clear()

        sweeping.sweep()

        assert shop.stripe.events("charge.succeeded")
        assert calls(shop) == []
        assert not djstripe.Charge.objects.exists()
        assert not StripeEvent.objects.filter(mirrored_at=None).exists()


class TestOldNews:
    def test_changes_nothing(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 300)
        late = shop.event("charge.refunded")
        shop.refund(purchase, 200)
        newest = shop.event("charge.refunded")
        shop.deliver(newest | {"created": newest["created"] + 1})
        sweeping.sweep()
        shop.deliver(late)

        sweeping.sweep()

        assert djstripe.Charge.objects.get().amount_refunded == 500

    def test_loses_to_later_news_of_the_same_sweep(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 300)
        late = shop.event("charge.refunded")
        shop.refund(purchase, 200)
        newest = shop.event("charge.refunded")
        shop.deliver(newest | {"created": newest["created"] + 1}, late)

        sweeping.sweep()

        assert djstripe.Charge.objects.get().amount_refunded == 500


class TestStripeDown:
    def test_delays_only_what_has_to_be_asked_for(self, shop):
        plan = shop.plan()
        known = shop.sell(plan=plan)
        sweeping.sweep()
        shop.sell(plan=plan)
        shop.refund(known, 300)
        shop.deliver()
        shop.stripe.switch(api_down=True)

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            sweeping.sweep()

        assert djstripe.Refund.objects.get().amount == 300
        assert djstripe.Session.objects.count() == 2
        waiting = StripeEvent.objects.filter(mirrored_at=None)
        assert {event.type for event in waiting} == {
            "checkout.session.completed",
            "charge.succeeded",
            "charge.updated",
        }

    def test_is_made_good_afterwards(self, shop):
        shop.sell()
        shop.stripe.switch(api_down=True)
        with pytest.raises(stripe_gateway.GatewayUnavailable):
            sweeping.sweep()
        shop.stripe.switch(api_down=False)

        sweeping.sweep()

        assert statuses(djstripe.PaymentIntent) == ["succeeded"]
        assert djstripe.Session.objects.get().payment_intent == djstripe.PaymentIntent.objects.get()
        assert not StripeEvent.objects.filter(mirrored_at=None).exists()

    def test_is_asked_one_call_a_sweep(self, shop):
        plan = shop.plan()
        shop.sell(plan=plan)
        sweeping.sweep()
        for _ in range(5):
            shop.sell(plan=plan)
        shop.stripe.switch(api_status=500)
        shop.stripe.traffic.clear()

        with pytest.raises(stripe_gateway.GatewayUnavailable):
            sweeping.sweep()

        assert len(calls(shop)) == 1


class TestOddity:
    def test_in_one_event_does_not_keep_the_others(self, shop):
        purchase = shop.sell()
        shop.refund(purchase, 300)
        charge = shop.event("charge.refunded")
        odd = charge | {
            "id": "evt_odd",
            "created": charge["created"] + 1,
            "data": {"object": charge["data"]["object"] | {"created": "yesterday"}},
        }
        shop.deliver(odd)
        shop.deliver()

        sweeping.sweep()

        assert djstripe.Refund.objects.get().amount == 300
        assert djstripe.Charge.objects.get().amount_refunded == 300
        assert not StripeEvent.objects.filter(mirrored_at=None).exists()

    def test_of_an_object_that_stripe_does_not_have_leaves_it_out(self, shop):
        purchase = shop.sell()
        session = shop.event("checkout.session.completed")
        gone = session | {
            "id": "evt_gone",
            "created": session["created"] + 1,
            "data": {"object": session["data"]["object"] | {"customer": "cus_gone"}},
        }
        shop.deliver(gone)

        sweeping.sweep()

        assert djstripe.Session.objects.get(id=purchase.stripe_session_id).customer is None
        assert not StripeEvent.objects.filter(mirrored_at=None).exists()
