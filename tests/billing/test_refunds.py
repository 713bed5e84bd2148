"""Refunds that staff ask for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from billing import refunds
from billing.models import Refund
from credits import ledger
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db


def request(purchase, unit_amount, *, by=None, nonce=None):
    return refunds.request(
        purchase=purchase,
        unit_amount=unit_amount,
        reason="Asked by mail",
        requested_by=by or make_staff(),
        nonce=nonce or uuid4(),
    )


class TestRequest:
    def test_sends_the_money_back_and_takes_the_credits(self, shop):
        purchase, staff = shop.sell(), make_staff()

        refund = request(purchase, 400, by=staff)

        assert refund.status == Refund.Status.SUCCEEDED
        assert (refund.requested_by, refund.reason) == (staff, "Asked by mail")
        assert ledger.balance(purchase.account) == 60
        [call] = shop.stripe.calls("POST", "/v1/refunds")
        assert call["headers"]["Idempotency-Key"].startswith(f"refund:{refund.uuid}:")

    def test_the_webhooks_that_follow_change_nothing_more(self, shop):
        purchase = shop.sell()
        request(purchase, 400)

        shop.deliver()

        assert Refund.objects.count() == 1
        assert ledger.balance(purchase.account) == 60

    def test_the_webhooks_may_come_first(self, shop, settings):
        settings.STRIPE_TIMEOUT = 0.3
        purchase = shop.sell()
        shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/refunds")
        refund = request(purchase, 400)
        assert refund.status == Refund.Status.REQUESTED

        shop.deliver()

        refund.refresh_from_db()
        assert refund.status == Refund.Status.SUCCEEDED
        assert refund.stripe_refund_id
        assert Refund.objects.count() == 1

    def test_the_webhooks_of_several_find_each_its_own(self, shop, settings):
        settings.STRIPE_TIMEOUT = 0.3
        purchase = shop.sell()
        shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/refunds")
        asked = [request(purchase, unit_amount) for unit_amount in (300, 400)]

        shop.deliver(*reversed(shop.stripe.events("refund.created")))

        assert [refund.status for refund in Refund.objects.order_by("pk")] == ["succeeded"] * 2
        assert [refund.uuid for refund in Refund.objects.order_by("pk")] == [
            refund.uuid for refund in asked
        ]

    def test_the_same_form_a_day_later_finds_the_refund_that_stripe_made(
        self, shop, settings, time_machine
    ):
        settings.STRIPE_TIMEOUT = 0.3
        purchase, nonce = shop.sell(), uuid4()
        shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/refunds")
        request(purchase, 400, nonce=nonce)
        shop.stripe.switch(api_hang_after_effect=0)
        settings.STRIPE_TIMEOUT = 4
        time_machine.move_to(timezone.now() + timedelta(days=2))

        refund = request(purchase, 400, nonce=nonce)

        assert refund.status == Refund.Status.SUCCEEDED
        assert len(shop.stripe.calls("POST", "/v1/refunds")) == 1

    def test_reserves_the_credits_while_the_outcome_is_unknown(self, shop):
        purchase = shop.sell()
        shop.stripe.switch(api_down=True)

        refund = request(purchase, 400)

        assert refund.status == Refund.Status.REQUESTED
        assert ledger.balance(purchase.account) == 60
        assert refunds.refundable(purchase) == 600

    def test_a_refusal_releases_them_and_keeps_stripes_words(self, shop):
        purchase = shop.sell()
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)

        refund = request(purchase, 400)

        assert refund.status == Refund.Status.FAILED
        assert "charged back" in refund.failure_reason
        assert ledger.balance(purchase.account) == 100

    def test_a_refusal_says_nothing_of_what_the_charge_shows(self, shop):
        purchase = shop.sell()
        shop.stripe.switch(api_status=400)
        assert request(purchase, 300).status == Refund.Status.FAILED
        shop.stripe.switch(api_status=None)
        shop.refund(purchase, 400)

        shop.deliver(shop.event("charge.refunded"))

        assert ledger.balance(purchase.account) == 60

    def test_a_double_click_is_one_refund(self, shop):
        purchase, nonce = shop.sell(), uuid4()

        first, second = (request(purchase, 400, nonce=nonce) for _ in range(2))

        assert first == second
        assert ledger.balance(purchase.account) == 60

    def test_two_equal_refunds_are_two(self, shop):
        purchase = shop.sell()

        request(purchase, 400)
        request(purchase, 400)

        assert ledger.balance(purchase.account) == 20

    def test_refuses_a_form_that_was_used_for_another_amount(self, shop):
        purchase, nonce = shop.sell(), uuid4()
        request(purchase, 400, nonce=nonce)

        with pytest.raises(refunds.RefundConflict):
            request(purchase, 300, nonce=nonce)

    def test_refuses_a_form_that_was_used_for_another_purchase(self, shop):
        purchase, other, nonce = shop.sell(), shop.sell(), uuid4()
        request(purchase, 400, nonce=nonce)

        with pytest.raises(refunds.RefundConflict):
            request(other, 400, nonce=nonce)

        assert ledger.balance(other.account) == 100

    @pytest.mark.parametrize("unit_amount", [0, -1, 601, 10**12])
    def test_refuses_more_than_is_left(self, shop, unit_amount):
        purchase = shop.sell()
        request(purchase, 400)

        with pytest.raises(refunds.RefundTooLarge) as refusal:
            request(purchase, unit_amount)

        assert refusal.value.refundable == 600
        assert ledger.balance(purchase.account) == 60

    def test_refuses_when_everything_went_back(self, shop):
        purchase = shop.sell()
        request(purchase, 1000)

        with pytest.raises(refunds.NothingToRefund):
            request(purchase, 1)

    def test_refuses_what_was_never_paid(self, shop):
        with pytest.raises(refunds.NothingToRefund):
            request(shop.open(), 100)

    def test_needs_a_permission_of_its_own(self, shop):
        purchase, support = shop.sell(), make_user(is_staff=True)
        with pytest.raises(PermissionDenied):
            request(purchase, 400, by=support)

        support.user_permissions.add(Permission.objects.get(codename="issue_refund"))
        support = type(support).objects.get(pk=support.pk)

        assert request(purchase, 400, by=support).status == Refund.Status.SUCCEEDED


class TestRefundsOfOrders:
    """A purchase of any amount, or of several, is weighed by all that was paid for it."""

    VECTORS = (
        # 37.50 for 375 credits: refunded, then taken back.
        ("amount", (1, 0)),
        ("amount", (10, 1)),
        ("amount", (1249, 124)),
        ("amount", (1250, 125)),
        ("amount", (3749, 374)),
        ("amount", (3750, 375)),
        # Three of a plan, 30.00 for 300 credits.
        ("quantity", (9, 0)),
        ("quantity", (1000, 100)),
        ("quantity", (1999, 199)),
        ("quantity", (2999, 299)),
        ("quantity", (3000, 300)),
    )

    @staticmethod
    def sell(shop, kind):
        if kind == "amount":
            return shop.sell(plan=shop.plan_by_amount(), amount=3750)
        return shop.sell(plan=shop.plan(quantity_maximum=3), quantity=3)

    @pytest.mark.parametrize(("kind", "vector"), VECTORS, ids=str)
    def test_take_back_what_is_not_paid_for(self, shop, kind, vector):
        purchase = self.sell(shop, kind)
        unit_amount, taken = vector

        request(purchase, unit_amount)

        assert ledger.balance(purchase.account) == purchase.credits - taken

    @pytest.mark.parametrize("kind", ["amount", "quantity"])
    def test_in_parts_take_back_all_in_the_end(self, shop, kind):
        purchase = self.sell(shop, kind)
        part = purchase.amount_subtotal // 7

        for _ in range(7):
            request(purchase, part)
        request(purchase, purchase.amount_subtotal - 7 * part)
        shop.deliver()

        assert ledger.balance(purchase.account) == 0

    @pytest.mark.parametrize("kind", ["amount", "quantity"])
    def test_are_no_more_than_was_paid(self, shop, kind):
        purchase = self.sell(shop, kind)

        with pytest.raises(refunds.RefundError):
            request(purchase, purchase.amount_subtotal + 1)


class TestResolve:
    @pytest.fixture
    def unknown(self, shop):
        purchase = shop.sell()
        shop.stripe.switch(api_down=True)
        refund = request(purchase, 400)
        shop.stripe.switch(api_down=False)
        return refund

    def test_sends_a_refund_that_never_arrived(self, shop, unknown):
        assert refunds.resolve(unknown, by=None).status == Refund.Status.SUCCEEDED
        assert len(shop.stripe.events("refund.created")) == 1

    def test_finds_one_whose_answer_was_lost(self, shop, settings):
        settings.STRIPE_TIMEOUT = 0.3
        purchase = shop.sell()
        shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/refunds")
        refund = request(purchase, 400)
        shop.stripe.switch(api_hang_after_effect=0)

        refund = refunds.resolve(refund, by=None)

        assert refund.status == Refund.Status.SUCCEEDED
        assert len(shop.stripe.calls("POST", "/v1/refunds")) == 1

    def test_takes_no_other_refund_of_the_payment_for_it(self, shop, unknown):
        purchase = unknown.payment.purchase
        shop.refund(purchase, 400)

        resolved = refunds.resolve(unknown, by=None)
        shop.deliver()

        assert resolved.status == Refund.Status.SUCCEEDED
        assert len(shop.stripe.events("refund.created")) == 2
        assert ledger.balance(purchase.account) == 20


class TestLateRefusal:
    def test_leaves_a_refund_that_was_made_as_it_is(self, shop, settings):
        settings.STRIPE_TIMEOUT = 0.3
        purchase = shop.sell()
        shop.stripe.switch(api_hang_after_effect=1, api_only="POST /v1/refunds")
        as_it_was = request(purchase, 400)
        shop.stripe.switch(api_hang_after_effect=0)
        shop.deliver()
        settings.STRIPE_SECRET_KEY = "sk_live_" + "7" * 24  # which Stripe refuses

        refund = refunds.submit(as_it_was)

        assert refund.status == Refund.Status.SUCCEEDED
        assert ledger.balance(purchase.account) == 60


class TestDisputed:
    """Stripe refunds nothing of a charge that was charged back, so nobody is asked."""

    def disputed(self, shop, **values):
        purchase = shop.sell()
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, **values)
        shop.deliver()
        return purchase, dispute["id"]

    def test_refunds_nothing_while_a_bank_holds_some_of_the_money(self, shop):
        purchase, dispute_id = self.disputed(shop, amount=200)

        with pytest.raises(refunds.PaymentDisputed) as refused:
            request(purchase, 400)

        assert refused.value.dispute.stripe_dispute_id == dispute_id
        assert not Refund.objects.exists()
        assert ledger.balance(purchase.account) == 80

    def test_refunds_nothing_after_a_dispute_was_lost(self, shop):
        purchase, dispute_id = self.disputed(shop, amount=200)
        shop.stripe.lose(dispute_id)
        shop.deliver()

        with pytest.raises(refunds.PaymentDisputed):
            request(purchase, 400)

    def test_refunds_after_a_dispute_was_won(self, shop):
        purchase, dispute_id = self.disputed(shop)
        shop.stripe.win(dispute_id)
        shop.deliver()

        assert request(purchase, 400).status == Refund.Status.SUCCEEDED

    def test_refunds_while_a_bank_only_asks(self, shop):
        purchase, _dispute_id = self.disputed(shop, inquiry=True)

        assert request(purchase, 400).status == Refund.Status.SUCCEEDED

    def test_names_the_open_dispute_before_one_that_is_over(self, shop):
        purchase, first = self.disputed(shop, amount=200)
        shop.stripe.lose(first)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 100)
        shop.deliver()

        dispute = refunds.holding(purchase.payment)

        assert dispute
        assert dispute.is_open


class TestPreview:
    def test_tells_what_will_be_taken_back(self, shop):
        purchase = shop.sell()

        seen = refunds.preview(purchase=purchase, unit_amount=500)

        assert (seen.refundable, seen.credits_taken_back, seen.shortfall) == (1000, 50, 0)

    def test_tells_what_will_be_missing(self, shop):
        purchase = shop.sell()
        ledger.spend(account=purchase.account, credits=80, key="work", description="Work")

        seen = refunds.preview(purchase=purchase, unit_amount=1000)
        request(purchase, 1000)

        purchase.lot.refresh_from_db()
        assert (seen.credits_taken_back, seen.shortfall) == (20, 80)
        assert (purchase.lot.clawed_back, purchase.lot.shortfall) == (20, 80)

    def test_adds_to_what_went_back_already(self, shop):
        purchase = shop.sell()
        request(purchase, 300)
        purchase.lot.refresh_from_db()

        assert refunds.preview(purchase=purchase, unit_amount=700).credits_taken_back == 70

    def test_of_an_unpaid_purchase_is_nothing(self, shop):
        assert refunds.preview(purchase=shop.open(), unit_amount=100).refundable == 0


class TestPermission:
    def test_is_asked_for_by_each_verb(self, shop):
        purchase, nobody = shop.sell(), make_user(is_staff=True)
        refund = request(purchase, 100)

        for verb in (
            lambda: request(purchase, 400, by=nobody),
            lambda: refunds.reserve(
                payment=purchase.payment,
                unit_amount=400,
                reason="",
                requested_by=nobody,
                nonce=uuid4(),
            ),
            lambda: refunds.resolve(refund, by=nobody),
        ):
            with pytest.raises(PermissionDenied, match="issue_refund"):
                verb()

        assert Refund.objects.get() == refund
        assert ledger.balance(purchase.account) == 90
