"""A PaymentIntent that is paid grants what its purchase promised, and nothing else."""

import pytest

from billing.models import Payment, StripeEvent, TopUp, TopUpMonth
from billing.staff import quarantine
from billing.stripe_gateway.objects import PaymentIntent
from billing.topups import charging, fulfilling, rules
from credits import ledger
from tests.billing.topups.factories import charged, queued, switch_on
from tests.people import make_staff, make_user
from tests.shop import Shop

pytestmark = pytest.mark.django_db


def paid_event(shop, **changes):
    """The event of a charge that was made and not written down, as Stripe might send it."""
    topup = queued(shop)
    attempt = charging._claim(topup.pk, at=topup.due_at)  # noqa: SLF001 - dies after this
    assert isinstance(attempt, charging.Attempt)
    charging._charge(attempt)  # noqa: SLF001
    event = shop.event("payment_intent.succeeded")
    event["data"]["object"] |= changes
    return topup, event


class TestContradictions:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"amount": 900}, "amount is 900"),
            ({"amount_received": 900}, "amount_received is 900"),
            ({"currency": "eur"}, "currency is eur"),
            ({"customer": "cus_other"}, "of customer cus_other"),
        ],
    )
    def test_are_set_aside_for_staff(self, shop, changes, message):
        topup, event = paid_event(shop, **changes)

        shop.deliver(event)

        row = StripeEvent.objects.get(type="payment_intent.succeeded")
        topup.refresh_from_db()
        assert (row.state, message in row.why) == ("quarantined", True)
        assert (topup.status, topup.purchase.is_paid) == ("failed", False)
        assert ledger.balance(topup.account) == 40

    def test_can_be_sent_back_by_staff(self, shop):
        _topup, event = paid_event(shop, amount=900)
        shop.deliver(event)
        row = StripeEvent.objects.get(type="payment_intent.succeeded")

        refund = quarantine.refund(event=row, reason="Not what was agreed", by=make_staff())

        assert refund.unit_amount == 1000

    def test_of_a_second_payment_for_one_purchase(self, shop):
        topup = charged(shop)
        event = shop.event("payment_intent.succeeded")
        event["data"]["object"]["id"] = "pi_second"

        shop.deliver({**event, "id": "evt_second"})

        row = StripeEvent.objects.get(stripe_event_id="evt_second")
        assert "paid by" in row.why
        assert ledger.balance(topup.account) == 140

    def test_are_counted_in_the_month_once_however_often_they_come(self, shop):
        topup, event = paid_event(shop, amount=900)
        shop.deliver(event)

        shop.deliver({**event, "id": "evt_again"})
        fulfilling.fulfil(PaymentIntent.read(event["data"]["object"]))

        topup.refresh_from_db()
        assert (topup.status, topup.is_counted) == ("failed", True)
        assert TopUpMonth.objects.get().charged == 1000

    def test_leave_a_purchase_that_waits_for_nothing(self, shop):
        topup, event = paid_event(shop, amount=900)

        shop.deliver(event)

        topup.purchase.refresh_from_db()
        assert (topup.purchase.status, topup.purchase.closed_at is None) == ("failed", False)
        assert "amount is 900" in topup.purchase.why

    def test_of_what_was_declined_before_are_counted_again_once(self, shop):
        topup, event = paid_event(shop, amount=900)
        TopUp.objects.filter(pk=topup.pk).update(
            status="failed", closed_at=topup.due_at, is_counted=False
        )
        TopUpMonth.objects.update(charged=0)

        shop.deliver(event)
        shop.deliver({**event, "id": "evt_again"})

        assert TopUpMonth.objects.get().charged == 1000


class TestOthers:
    def test_payments_of_a_session_are_left_to_it(self, shop: Shop):
        purchase = shop.open()
        shop.pay(purchase)

        shop.deliver(shop.event("payment_intent.succeeded"))

        row = StripeEvent.objects.get()
        assert row.state == "ignored"
        assert not Payment.objects.exists()

    def test_top_ups_of_another_site_on_the_same_account_are_left_alone(self, shop):
        _topup, event = paid_event(shop)
        event["data"]["object"]["metadata"]["purchase_id"] = "7c1f0000-0000-4000-8000-000000000000"

        shop.deliver({**event, "id": "evt_other"})

        assert StripeEvent.objects.get(stripe_event_id="evt_other").state == "ignored"

    def test_a_session_cannot_claim_a_top_up(self, shop):
        topup = queued(shop)
        purchase = shop.open(user=make_user())
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")
        event["data"]["object"]["id"] = "cs_other"
        event["data"]["object"]["metadata"]["purchase_id"] = str(topup.purchase.uuid)

        shop.deliver({**event, "id": "evt_claims"})

        topup.purchase.refresh_from_db()
        assert topup.purchase.status == "pending"


class TestLate:
    def test_money_for_what_was_called_off_is_believed_and_counted(self, shop):
        topup, event = paid_event(shop)
        rules.switch_off_for(topup.account.user)
        TopUp.objects.filter(pk=topup.pk).update(
            status="canceled", closed_at=topup.due_at, is_counted=False
        )
        TopUpMonth.objects.update(charged=0)

        shop.deliver(event)

        topup.refresh_from_db()
        assert topup.status == "paid"
        assert ledger.balance(topup.account) == 140
        assert TopUpMonth.objects.get().charged == 1000

    def test_money_above_the_limit_is_counted_all_the_same(self, shop):
        topup, event = paid_event(shop)
        TopUp.objects.filter(pk=topup.pk).update(
            status="canceled", closed_at=topup.due_at, is_counted=False
        )
        TopUpMonth.objects.update(charged=2500, monthly_limit=3000)

        shop.deliver(event)

        month = TopUpMonth.objects.get()
        assert (month.charged, month.monthly_limit) == (3500, 3500)


class TestRefund:
    def test_takes_the_credits_back_as_of_any_purchase(self, shop):
        topup = charged(shop)

        shop.stripe.refund(topup.stripe_payment_intent_id, 500)
        shop.deliver()

        assert ledger.balance(topup.account) == 90

    def test_before_anything_was_granted_is_remembered(self, shop):
        topup, _event = paid_event(shop)
        intent = shop.event("payment_intent.succeeded")["data"]["object"]["id"]
        shop.stripe.refund(intent, 500)

        shop.deliver(*reversed(shop.undelivered()))

        assert ledger.balance(topup.account) == 90


class TestSignal:
    def test_tells_hosts_of_a_top_up_as_of_any_purchase(
        self, shop, django_capture_on_commit_callbacks
    ):
        from billing import signals  # noqa: PLC0415 - beside what it is for

        heard = []
        switch_on(shop)
        signals.purchase_paid.connect(
            lambda purchase, **_: heard.append(purchase), weak=False, dispatch_uid="test"
        )
        try:
            with django_capture_on_commit_callbacks(execute=True):
                topup = charged(shop)
        finally:
            signals.purchase_paid.disconnect(dispatch_uid="test")

        assert heard == [topup.purchase]
