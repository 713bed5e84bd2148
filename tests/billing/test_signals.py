"""What hosts hear of money: each news once, after commit, whoever listens."""

import pytest
from django.db import connection, transaction

from billing import fulfilment, signals, stripe_gateway
from billing.models import Purchase
from credits import ledger
from credits.signals import committing
from tests.billing.test_refunds import request
from tests.people import make_staff

NAMES = (
    "purchase_paid",
    "purchase_failed",
    "refund_settled",
    "dispute_opened",
    "dispute_closed",
)


class Heard(list):
    """What was heard since it was asked last, as name and state."""

    def so_far(self):
        said, self[:] = self[:], []
        return said


@pytest.fixture
def heard():
    """Listens to each signal as a host does."""
    said, connected = Heard(), []
    for name in NAMES:

        def receiver(signal, sender, name=name, **values):
            [row] = values.values()
            said.append((name, row.status))

        getattr(signals, name).connect(receiver, weak=False)
        connected.append((getattr(signals, name), receiver))
    yield said
    for signal, receiver in connected:
        assert signal.disconnect(receiver)


@pytest.fixture
def committed(django_capture_on_commit_callbacks, heard):
    """Do something, let what waits for its commit happen, and say what was heard."""

    def do(what, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            what(*args, **kwargs)
        return heard.so_far()

    return do


@pytest.mark.django_db
class TestPurchases:
    def test_are_told_of_once_when_they_are_paid(self, shop, committed):
        purchase = shop.open()
        shop.pay(purchase)

        assert committed(shop.deliver) == [("purchase_paid", "paid")]
        assert committed(shop.deliver, *shop.stripe.events()) == []

    def test_come_with_the_lot_of_their_credits(self, shop, committed):
        def listen(sender, purchase, **values):
            told.append((purchase.lot.granted, purchase.account_id))

        told: list = []
        signals.purchase_paid.connect(listen)
        try:
            committed(shop.sell)
        finally:
            signals.purchase_paid.disconnect(listen)

        purchase = Purchase.objects.get()
        assert told == [(100, purchase.account_id)]

    def test_without_money_are_told_of_too(self, shop, committed):
        purchase = shop.open()
        shop.pay(purchase)
        session = stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)

        heard = committed(fulfilment.fulfil_anyway, session, by=make_staff())

        assert heard == [("purchase_paid", "paid")]

    def test_that_a_bank_does_not_pay_are_told_of_once(self, shop, committed):
        purchase = shop.open()
        shop.pay(purchase, "debit_fails")
        assert committed(shop.deliver) == []

        session = shop.event("checkout.session.completed")["data"]["object"]
        shop.stripe.settle_debit(session["payment_intent"])

        assert committed(shop.deliver) == [("purchase_failed", "failed")]
        assert committed(shop.deliver, *shop.stripe.events()) == []

    def test_that_nobody_paid_are_not(self, shop, committed):
        purchase = shop.open()
        shop.stripe.expire(purchase.stripe_session_id)

        assert committed(shop.deliver) == []
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.EXPIRED


@pytest.mark.django_db
class TestRefunds:
    def test_are_told_of_once(self, shop, committed):
        purchase = shop.sell()
        shop.refund(purchase, 400)

        assert committed(shop.deliver) == [("refund_settled", "succeeded")]
        assert committed(shop.deliver, *shop.stripe.events()) == []

    def test_of_staff_are_told_of_by_their_answer_and_not_again_by_the_event(self, shop, committed):
        purchase = shop.sell()

        assert committed(request, purchase, 400) == [("refund_settled", "succeeded")]
        assert committed(shop.deliver) == []

    def test_that_wait_are_told_of_when_they_are_settled(self, shop, committed):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400, status="pending")
        assert committed(shop.deliver) == []

        shop.stripe.settle_refund(refund["id"], "succeeded")

        assert committed(shop.deliver) == [("refund_settled", "succeeded")]

    def test_that_a_bank_returns_are_told_of_again(self, shop, committed):
        purchase = shop.sell()
        refund = shop.refund(purchase, 400)
        committed(shop.deliver)

        shop.stripe.settle_refund(refund["id"], "failed")

        assert committed(shop.deliver) == [("refund_settled", "failed")]

    def test_that_stripe_refuses_are_told_of(self, shop, committed):
        purchase = shop.sell()
        shop.refund(purchase, 1000)  # in the Dashboard, and its event is still on the way

        assert committed(request, purchase, 100) == [("refund_settled", "failed")]

    def test_find_the_credits_taken_back(self, shop, committed):
        def listen(sender, refund, **values):
            balances.append(ledger.balance(refund.payment.purchase.account))

        balances: list = []
        purchase = shop.sell()
        shop.refund(purchase, 400)
        signals.refund_settled.connect(listen)
        try:
            committed(shop.deliver)
        finally:
            signals.refund_settled.disconnect(listen)

        assert balances == [60]


@pytest.mark.django_db
class TestDisputes:
    def open(self, shop, **values):
        purchase = shop.sell()
        return shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, **values)

    def test_are_told_of_when_they_begin_and_when_they_are_decided(self, shop, committed):
        dispute = self.open(shop)
        assert committed(shop.deliver) == [("dispute_opened", "needs_response")]

        shop.stripe.lose(dispute["id"])

        assert committed(shop.deliver) == [("dispute_closed", "lost")]
        assert committed(shop.deliver, *shop.stripe.events()) == []

    def test_that_are_heard_of_when_all_is_over_are_told_of_in_order(self, shop, committed):
        dispute = self.open(shop)
        shop.stripe.win(dispute["id"])

        heard = committed(shop.deliver, shop.event("charge.dispute.closed"))

        assert heard == [("dispute_opened", "won"), ("dispute_closed", "won")]

    def test_that_were_inquiries_are_told_of_again(self, shop, committed):
        dispute = self.open(shop, inquiry=True)
        assert committed(shop.deliver) == [("dispute_opened", "warning_needs_response")]

        shop.stripe.escalate(dispute["id"])

        assert committed(shop.deliver) == [("dispute_opened", "needs_response")]

    def test_that_stay_inquiries_are_closed(self, shop, committed):
        dispute = self.open(shop, inquiry=True)
        committed(shop.deliver)

        shop.stripe.lose(dispute["id"])

        assert committed(shop.deliver) == [("dispute_closed", "warning_closed")]


@pytest.mark.django_db
class TestOrder:
    def test_nothing_is_told_before_the_purchase(self, shop, committed):
        purchase = shop.open()
        shop.pay(purchase, "dispute")
        completed = shop.event("checkout.session.completed")
        before = [event for event in shop.stripe.events() if event["id"] != completed["id"]]

        assert committed(shop.deliver, *before) == []
        assert committed(shop.deliver, completed) == [
            ("purchase_paid", "paid"),
            ("dispute_opened", "needs_response"),
        ]

    def test_nothing_is_told_of_money_that_bought_nothing(self, shop, committed):
        purchase = shop.open()
        shop.pay(purchase)
        shop.stripe.refund(shop.event("charge.succeeded")["data"]["object"]["payment_intent"])

        events = [e for e in shop.stripe.events() if not e["type"].startswith("checkout")]
        assert committed(shop.deliver, *events) == []


@pytest.mark.django_db(transaction=True)
class TestCommit:
    def test_comes_first(self, shop, heard):
        with transaction.atomic():
            shop.sell()
            assert heard.so_far() == []

        assert heard.so_far() == [("purchase_paid", "paid")]

    def test_that_does_not_come_is_not_told_of(self, shop, heard):
        with transaction.atomic():
            shop.sell()
            transaction.set_rollback(True)

        assert heard.so_far() == []

    def test_receivers_that_raise_harm_nobody(self, shop, heard):
        def fail(sender, **values):
            raise ZeroDivisionError

        signals.purchase_paid.connect(fail)
        try:
            purchase = shop.sell()
        finally:
            signals.purchase_paid.disconnect(fail)

        assert ledger.balance(purchase.account) == 100
        assert heard.so_far() == [("purchase_paid", "paid")]

    def test_is_waited_for_by_outboxes_which_stand_or_fall_with_it(self, shop):
        def write(sender, of, values, **_):
            if of is signals.purchase_paid:
                noted.append((values["purchase"].status, connection.in_atomic_block))
                raise ZeroDivisionError

        noted: list = []
        purchase = shop.open()
        shop.pay(purchase)
        committing.connect(write)
        try:
            answer = shop.post(shop.event("checkout.session.completed"))
        finally:
            committing.disconnect(write)

        assert noted == [("paid", True)]
        assert answer.status_code == 500
        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN
