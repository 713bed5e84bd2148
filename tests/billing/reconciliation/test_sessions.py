"""Checkout Sessions against purchases."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from billing.models import Payment, Purchase, StripeEvent
from billing.reconciliation import Kind
from billing.staff import quarantine
from billing.stripe_gateway import calling
from credits import ledger
from tests.billing.reconciliation.running import find, forget_events, repair
from tests.people import make_staff
from tests.shop import promised

pytestmark = pytest.mark.django_db


class TestSessions:
    def test_paid_but_not_granted(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)
        assert find() == [(Kind.PAID_NOT_GRANTED, purchase.stripe_session_id)]

        repair()

        assert ledger.balance(purchase.account) == 100
        assert repair() == []

    def test_of_a_purchase_that_crashed_before_noting_its_session(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)
        unnoted = Purchase.objects.create(
            uuid=uuid4(),
            **promised(purchase, problem="No answer."),
        )
        # The sandbox's session names the first row; let the second be the one that is left.
        uuid = purchase.uuid
        Purchase.objects.filter(pk=purchase.pk).delete()
        Purchase.objects.filter(pk=unnoted.pk).delete()
        unnoted.pk, unnoted.uuid = None, uuid
        unnoted.save(force_insert=True)

        repair()

        unnoted.refresh_from_db()
        assert unnoted.status == Purchase.Status.PAID
        assert ledger.balance(unnoted.account) == 100

    def test_a_second_one_that_paid_for_the_same_purchase_is_told(self, shop):
        purchase = shop.sell()
        second = calling.client().raw_request(  # by another hand
            "post",
            "/v1/checkout/sessions",
            mode="payment",
            success_url="https://example.com/",
            line_items=[{"price": purchase.plan_price.stripe_price_id, "quantity": 1}],
            metadata={"purchase_id": str(purchase.uuid)},
        )
        shop.stripe.pay(second.data["id"])
        shop.deliver()

        [finding] = repair()

        assert (finding.kind, finding.id) == (Kind.PAID_NOT_GRANTED, second.data["id"])
        assert "second session" in finding.reason
        assert ledger.balance(purchase.account) == 100

    def test_a_contradiction_stays_found(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        forget_events(shop)
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])

        for _ in range(2):
            [finding] = repair()
            assert finding.is_repaired is False
            assert "no longer known" in finding.reason

    def test_a_contradiction_that_staff_refunded_is_settled(self, shop):
        purchase = shop.open()
        session = shop.pay(purchase)
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])
        shop.stripe.refund(session["payment_intent"])
        shop.deliver()

        assert repair() == []

    def test_a_second_session_that_staff_granted_is_settled(self, shop):
        purchase = shop.open()
        second = calling.client().raw_request(  # by another hand
            "post",
            "/v1/checkout/sessions",
            mode="payment",
            success_url="https://example.com/",
            line_items=[{"price": purchase.plan_price.stripe_price_id, "quantity": 1}],
            metadata={"purchase_id": str(purchase.uuid)},
        )
        shop.stripe.pay(second.data["id"])
        shop.deliver()
        event = StripeEvent.objects.get(state=StripeEvent.State.QUARANTINED)

        quarantine.grant(event=event, reason="Paid on another page", by=make_staff())

        assert ledger.balance(purchase.account) == 100
        assert repair() == []

        shop.pay(purchase)  # on the first page after all
        shop.deliver()

        assert StripeEvent.objects.get(state=StripeEvent.State.QUARANTINED).purchase == purchase
        assert ledger.balance(purchase.account) == 100
        assert Kind.AMOUNT_MISMATCH in {finding.kind for finding in repair()}

    def test_a_contradiction_that_staff_dismissed_is_settled(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])
        shop.deliver()
        event = StripeEvent.objects.get(state=StripeEvent.State.QUARANTINED)

        quarantine.dismiss(event=event, reason="Paid back in cash", by=make_staff())

        assert repair() == []

    def test_expired_without_our_knowing(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)
        forget_events(shop)
        assert find() == [(Kind.OUT_OF_STEP, purchase.stripe_session_id)]

        repair()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED

    def test_processing_without_our_knowing(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")
        forget_events(shop)

        repair()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.PROCESSING
        assert repair() == []

    def test_a_debit_that_failed_without_our_knowing(self, shop):
        purchase = shop.open()
        session = shop.pay(purchase, "debit_fails")
        shop.deliver()
        shop.stripe.settle_debit(session["payment_intent"])
        forget_events(shop)
        assert find() == [(Kind.OUT_OF_STEP, purchase.stripe_session_id)]

        repair()

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.FAILED

    def test_granted_but_not_paid_is_told_and_nothing_taken(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "debit_clears")
        event = {**shop.event("checkout.session.completed"), "id": "evt_paid_after_all"}
        event["data"]["object"]["payment_status"] = "paid"
        shop.deliver()
        shop.deliver(event)

        [finding] = repair()

        assert (finding.kind, finding.is_repaired) == (Kind.GRANTED_NOT_PAID, None)
        assert ledger.balance(purchase.account) == 100

    def test_granted_for_another_amount(self, shop):
        purchase = shop.sell()
        Payment.objects.filter(pk=purchase.payment.pk).update(amount_received=999)

        [finding] = repair()

        assert (finding.kind, finding.is_repaired) == (Kind.AMOUNT_MISMATCH, None)
        assert "amount_total is 1000 at Stripe and 999 here" in finding.detail

    def test_that_stripe_does_not_have(self, shop):
        purchase = shop.sell()
        shop.stripe.reset()

        found = repair()

        assert (Kind.GRANTED_NOT_PAID, purchase.stripe_session_id) in [
            (finding.kind, finding.id) for finding in found
        ]

    def test_an_old_one_that_still_waits_is_asked_about(self, shop):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)
        forget_events(shop)

        with time_machine.travel(timezone.now() + timedelta(days=40)):
            found = repair()

        assert [finding.id for finding in found] == [purchase.stripe_session_id]
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED
