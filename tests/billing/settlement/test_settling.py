"""The design's vectors: what a person ends with, and each movement on the way there."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from billing.models import Payment
from billing.settlement import facts, settling
from billing.stripe_gateway.objects import Charge, RefundObject
from credits import ledger

pytestmark = pytest.mark.django_db


class Case:
    """One purchase, and the facts that Stripe tells of it."""

    def __init__(self, shop, *, credits, unit_amount):
        self.purchase = shop.sell(plan=shop.plan(credits=credits, unit_amount=unit_amount))
        self.account = self.purchase.account
        self.refunds = 0

    def refund(self, amount, *, status="succeeded", number=None):
        if number is None:
            self.refunds += 1
            number = self.refunds
        payment = Payment.objects.get(purchase=self.purchase)
        snapshot = RefundObject(
            id=f"re_{number}",
            payment_intent_id=payment.stripe_payment_intent_id,
            charge_id=payment.stripe_charge_id,
            amount=amount,
            currency=payment.currency,
            status=status,
            reason="",
            failure_reason="",
            refund_uuid=None,
        )
        settling.note(partial(facts.note_refund, snapshot), of=payment)

    def charge_shows(self, amount_refunded, **fields):
        payment = Payment.objects.get(purchase=self.purchase)
        said = {
            "id": payment.stripe_charge_id or "",
            "livemode": False,
            "payment_intent_id": payment.stripe_payment_intent_id,
            "currency": payment.currency,
            "amount_captured": payment.amount_received,
            "amount_refunded": amount_refunded,
            "receipt_url": "",
        }
        charge = Charge(**said | fields)
        settling.note(partial(facts.note_charge, charge), of=payment)

    def spend(self, credits):
        return ledger.spend(
            account=self.account, credits=credits, key=f"spend {credits}", description="Work"
        )

    @property
    def lot(self):
        self.purchase.lot.refresh_from_db()
        return self.purchase.lot

    @property
    def end(self):
        """S, C, R and the shortfall."""
        lot = self.lot
        return lot.spent, lot.clawed_back, lot.remaining, lot.shortfall

    @property
    def movements(self):
        return list(self.account.transactions.order_by("seq").values_list("amount", flat=True))


@pytest.fixture
def case(shop):
    return lambda granted, charged: Case(shop, credits=granted, unit_amount=charged)


class TestVectors:
    def test_refund_of_a_third(self, case):
        it = case(100, 999)

        it.refund(333)

        assert it.end == (0, 33, 67, 0)
        assert it.movements == [100, -33]

    def test_refund_of_less_than_a_credit(self, case):
        it = case(100, 999)

        it.refund(1)

        assert it.end == (0, 0, 100, 0)
        assert it.movements == [100]

    def test_three_thirds(self, case):
        it = case(100, 999)

        for _ in range(3):
            it.refund(333)

        assert it.end == (0, 100, 0, 0)
        assert it.movements == [100, -33, -33, -34]

    def test_999_refunds_of_1(self, case):
        it = case(100, 999)

        for _ in range(999):
            it.refund(1)

        assert it.end == (0, 100, 0, 0)
        assert it.movements == [100] + [-1] * 100

    def test_spend_30_then_half(self, case):
        it = case(100, 1000)
        it.spend(30)

        it.refund(500)

        assert it.end == (30, 50, 20, 0)
        assert it.movements == [100, -30, -50]

    def test_spend_80_then_half(self, case):
        it = case(100, 1000)
        it.spend(80)

        it.refund(500)

        assert it.end == (80, 20, 0, 30)
        assert it.movements == [100, -80, -20]

    def test_spend_80_then_all(self, case):
        it = case(100, 1000)
        it.spend(80)

        it.refund(1000)

        assert it.end == (80, 20, 0, 80)
        assert it.movements == [100, -80, -20]

    def test_that_refund_fails(self, case):
        it = case(100, 1000)
        it.spend(80)
        it.refund(1000, number=1)

        it.refund(1000, number=1, status="failed")

        assert it.end == (80, 0, 20, 0)
        assert it.movements == [100, -80, -20, 20]

    def test_the_host_gives_back_after_the_refund(self, case):
        it = case(100, 1000)
        spent = it.spend(80)
        it.refund(1000)

        ledger.give_back(transaction=spent, credits=50, key="sorry")

        assert it.end == (30, 70, 0, 30)
        assert it.movements == [100, -80, -20, 50, -50]

    def test_99_900_of_100_000_cents_for_one_credit(self, case):
        it = case(1, 100_000)

        it.refund(99_900)

        assert it.end == (0, 0, 1, 0)
        assert it.movements == [1]

    def test_1_of_50_cents_for_a_million(self, case):
        it = case(1_000_000, 50)

        it.refund(1)

        assert it.end == (0, 20_000, 980_000, 0)
        assert it.movements == [1_000_000, -20_000]

    def test_refund_before_the_grant(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        payment_intent_id = shop.event("payment_intent.succeeded")["data"]["object"]["id"]
        shop.stripe.refund(payment_intent_id, 400)
        completed = shop.event("checkout.session.completed")
        before = [event for event in shop.stripe.events() if event["id"] != completed["id"]]

        shop.deliver(*before)
        shop.deliver(completed)

        purchase.refresh_from_db()
        assert (purchase.lot.clawed_back, purchase.lot.remaining) == (40, 60)
        amounts = purchase.account.transactions.order_by("seq").values_list("amount", flat=True)
        assert list(amounts) == [100, -40]


class TestSettle:
    def test_believes_the_charge_before_it_knows_the_refunds(self, case):
        it = case(100, 1000)

        it.charge_shows(400)

        assert it.end == (0, 40, 60, 0)

    def test_counts_a_refund_once_when_the_charge_shows_it_too(self, case):
        it = case(100, 1000)

        it.charge_shows(400)
        it.refund(400)

        assert it.end == (0, 40, 60, 0)

    def test_is_not_moved_by_an_old_event(self, case):
        it = case(100, 1000)
        it.refund(400, number=1, status="succeeded")

        it.charge_shows(0)
        it.refund(400, number=1, status="pending")

        assert it.end == (0, 40, 60, 0)

    def test_gives_back_a_refund_that_failed_though_the_charge_once_showed_it(self, case):
        it = case(100, 1000)
        it.refund(400, number=1)
        it.charge_shows(400)

        it.refund(400, number=1, status="failed")

        assert it.end == (0, 0, 100, 0)

    def test_takes_as_much_again_after_it_was_given_back(self, case):
        it = case(100, 1000)
        it.refund(400, number=1)
        it.refund(400, number=1, status="failed")

        it.refund(400, number=2)

        assert it.end == (0, 40, 60, 0)
        assert it.movements == [100, -40, 40, -40]

    def test_does_nothing_when_told_again(self, case):
        it = case(100, 1000)
        it.refund(500)

        it.refund(500, number=1)
        it.charge_shows(500)

        assert it.movements == [100, -50]


class TestCharge:
    def test_gives_a_receipt_that_an_event_without_one_does_not_take_away(self, case):
        it = case(100, 1000)
        it.charge_shows(0, receipt_url="https://pay.stripe.com/receipts/1")

        it.charge_shows(0, receipt_url="")

        payment = Payment.objects.get(purchase=it.purchase)
        assert payment.receipt_url == "https://pay.stripe.com/receipts/1"

    def test_of_before_a_refund_does_not_lower_what_was_refunded(self, case):
        it = case(100, 1000)
        it.charge_shows(400)

        it.charge_shows(0)

        assert it.end == (0, 40, 60, 0)

    def test_of_before_the_capture_does_not_lower_what_was_received(self, case):
        it = case(100, 1000)

        it.charge_shows(400, amount_captured=0)

        assert Payment.objects.get(purchase=it.purchase).amount_received == 1000
        assert it.end == (0, 40, 60, 0)


class TestFraudWarning:
    def test_counts_from_the_first_one(self, case):
        payment = Payment.objects.get(purchase=case(100, 1000).purchase)
        first = timezone.now()

        for at in (first, first + timedelta(hours=1)):
            settling.note(partial(facts.note_fraud_warning, at=at), of=payment)

        payment.refresh_from_db()
        assert payment.fraud_warned_at == first
