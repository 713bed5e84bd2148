"""Things that Stripe says and that do not fit together, and where each ends."""

from uuid import uuid4

import pytest

from billing import catalog, fulfilment, refunds, stripe_gateway
from billing.models import PlanPrice, Purchase, Refund, StripeEvent
from credits import ledger
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def state_of(event):
    return StripeEvent.objects.get(stripe_event_id=event["id"]).state


def changed(event, **changes):
    """Another event that says the same of its object, but for these changes."""
    return {
        **event,
        "id": f"evt_{uuid4().hex}",
        "data": {"object": {**event["data"]["object"], **changes}},
    }


@pytest.fixture
def debit(shop):
    """A purchase by bank debit that failed, of which the site has not heard."""
    purchase = shop.open()
    session = shop.pay(purchase, "debit_fails")
    shop.stripe.settle_debit(session["payment_intent"])
    return purchase


class TestFailure:
    def test_told_before_the_completion_stands(self, shop, debit):
        shop.deliver(shop.event("checkout.session.async_payment_failed"))

        shop.deliver(shop.event("checkout.session.completed"))

        debit.refresh_from_db()
        assert debit.status == Purchase.Status.FAILED

    def test_stands_when_the_session_expires_later(self, shop, debit):
        shop.deliver()
        event = changed(shop.event("checkout.session.completed"), status="expired")
        event["type"] = "checkout.session.expired"

        shop.deliver(event)

        debit.refresh_from_db()
        assert (debit.status, debit.why) == (Purchase.Status.FAILED, "The bank did not pay.")

    def test_after_the_grant_is_for_staff_and_takes_nothing(self, shop):
        purchase = shop.sell()
        event = changed(shop.event("checkout.session.completed"), payment_status="unpaid")
        event["type"] = "checkout.session.async_payment_failed"

        shop.deliver(event)

        purchase.refresh_from_db()
        assert state_of(event) == "quarantined"
        assert purchase.status == Purchase.Status.PAID
        assert ledger.balance(purchase.account) == 100

    def test_and_a_payment_after_it_grants(self, shop, debit):
        shop.deliver()
        event = changed(shop.event("checkout.session.completed"), payment_status="paid")

        shop.deliver(event)

        debit.refresh_from_db()
        assert debit.status == Purchase.Status.PAID
        assert ledger.balance(debit.account) == 100


class TestTwoSessions:
    def test_of_one_purchase_grant_once(self, shop):
        purchase = shop.sell()
        event = changed(
            shop.event("checkout.session.completed"),
            id="cs_test_second",
            payment_intent="pi_second",
        )

        shop.deliver(event)

        assert state_of(event) == "quarantined"
        assert ledger.balance(purchase.account) == 100


class TestMismatch:
    @pytest.mark.parametrize(
        "changes",
        [
            {"amount_subtotal": 999},
            {"currency": "eur"},
            {"mode": "subscription"},
            {"livemode": True},
        ],
        ids=str,
    )
    def test_is_for_staff_and_grants_nothing(self, shop, changes):
        purchase = shop.open()
        shop.pay(purchase)
        event = changed(shop.event("checkout.session.completed"), **changes)

        shop.deliver(event)

        assert state_of(event) == "quarantined"
        assert ledger.balance(purchase.account) == 0


class TestAnotherCharge:
    def test_of_a_payment_is_for_staff_and_names_the_payment(self, shop):
        purchase = shop.sell()
        event = changed(shop.event("charge.succeeded"), id="ch_second")

        shop.deliver(event)

        row = StripeEvent.objects.get(stripe_event_id=event["id"])
        assert (row.state, row.payment) == ("quarantined", purchase.payment)


class TestBuyerGone:
    @staticmethod
    def erase(purchase):
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])

    def test_before_the_payment_is_for_staff(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        self.erase(purchase)

        shop.deliver()

        assert state_of(shop.event("checkout.session.completed")) == "quarantined"
        assert ledger.balance(purchase.account) == 0

    def test_after_the_grant_is_nobodys_problem(self, shop):
        purchase = shop.sell()
        self.erase(purchase)
        again = changed(shop.event("checkout.session.completed"))

        shop.deliver(again)

        purchase.refresh_from_db()
        assert (state_of(again), purchase.why) == ("processed", "")

    def test_a_refund_is_settled_all_the_same(self, shop):
        purchase = shop.sell()
        self.erase(purchase)
        shop.refund(purchase, 400)

        shop.deliver()

        assert ledger.balance(purchase.account) == 60


class TestPlanChangedMeanwhile:
    def test_the_buyer_gets_what_was_promised(self, shop):
        plan = shop.plan()
        purchase = shop.open(plan=plan)
        plan.credits, plan.is_active = 5, False
        plan.save()
        catalog.withdraw(PlanPrice.objects.get(plan=plan))

        shop.pay(purchase)
        shop.deliver()

        assert ledger.balance(purchase.account) == 100


class TestFree:
    """Sessions on which nothing is to be paid, where a plan takes promotion codes."""

    @pytest.fixture
    def purchase(self, shop):
        return shop.open(plan=shop.plan(allow_promotion_codes=True))

    def test_an_open_one_grants_nothing_yet(self, shop, purchase):
        session = stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)
        free = type(session)(
            **{
                **vars(session),
                "payment_status": "no_payment_required",
                "amount_total": 0,
            }
        )

        fulfilment.fulfil(free)

        purchase.refresh_from_db()
        assert purchase.status == Purchase.Status.OPEN
        assert ledger.balance(purchase.account) == 0


class TestRefundThatWasRefused:
    @pytest.fixture
    def refused(self, shop):
        """A refund of ours that Stripe refused, as far as we know."""
        self.purchase = shop.sell()
        dispute = shop.stripe.dispute(self.purchase.payment.stripe_payment_intent_id)
        refund = refunds.request(
            purchase=self.purchase,
            unit_amount=400,
            reason="",
            requested_by=make_staff(),
            nonce=uuid4(),
        )
        shop.stripe.win(dispute["id"])
        return refund

    def test_is_believed_when_stripe_shows_it_after_all(self, shop, refused):
        shop.refund(self.purchase, 400, metadata={"refund_id": str(refused.uuid)})

        shop.deliver()

        refused.refresh_from_db()
        assert refused.status == Refund.Status.SUCCEEDED
        assert ledger.balance(self.purchase.account) == 60

    def test_is_for_staff_when_stripe_shows_another_amount(self, shop, refused):
        shop.refund(self.purchase, 300, metadata={"refund_id": str(refused.uuid)})

        shop.deliver()

        assert state_of(shop.event("refund.created")) == "quarantined"
