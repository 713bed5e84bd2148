"""Disputes, through the real webhook: what a bank takes, gives back, or only asks about."""

import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from billing import refunds
from billing.models import Dispute, StripeEvent
from credits import ledger
from tests.people import make_staff

pytestmark = pytest.mark.django_db

EVERY_ORDER_OF_3 = list(itertools.permutations(range(3)))


class Case:
    """A purchase of 100 credits for 10.00 USD, and what happens to its money at Stripe."""

    def __init__(self, shop):
        self.shop = shop
        self.purchase = shop.sell()
        self.account = self.purchase.account
        self.intent = self.purchase.payment.stripe_payment_intent_id

    def refund(self, amount):
        refund = self.shop.stripe.refund(self.intent, amount)
        self.shop.deliver()
        return refund

    def dispute(self, amount=None, **kwargs):
        dispute = self.shop.stripe.dispute(self.intent, amount, **kwargs)
        self.shop.deliver()
        return dispute

    def do(self, act, *args, **kwargs):
        getattr(self.shop.stripe, act)(*args, **kwargs)
        self.shop.deliver()

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
        """C and R."""
        return self.lot.clawed_back, self.lot.remaining

    @property
    def movements(self):
        return list(self.account.transactions.order_by("seq").values_list("amount", flat=True))


@pytest.fixture
def case(shop):
    return Case(shop)


class TestChargeback:
    def test_takes_all_that_it_disputes(self, case):
        case.dispute()

        assert case.end == (100, 0)
        assert case.movements == [100, -100]

    def test_of_a_part_takes_that_part(self, case):
        case.dispute(250)

        assert case.end == (25, 75)

    def test_won_gives_everything_back(self, case):
        dispute = case.dispute()

        case.do("win", dispute["id"])

        assert case.end == (0, 100)
        assert case.movements == [100, -100, 100]
        assert Dispute.objects.get().status == "won"

    def test_lost_changes_nothing_more(self, case):
        dispute = case.dispute(400)

        case.do("lose", dispute["id"])

        assert case.end == (40, 60)
        assert case.movements == [100, -40]

    def test_won_in_part_gives_that_part_back(self, case):
        dispute = case.dispute(800)

        case.do("win", dispute["id"], 300)

        assert case.end == (50, 50)
        assert Dispute.objects.get().withdrawn == 500

    def test_what_was_spent_is_short_until_it_is_won(self, case):
        case.spend(70)
        dispute = case.dispute()
        assert case.lot.shortfall == 70

        case.do("win", dispute["id"])

        assert (case.lot.shortfall, case.lot.remaining) == (0, 30)
        assert case.movements == [100, -70, -30, 30]

    def test_tells_staff_until_when_to_answer(self, case):
        case.dispute()

        dispute = Dispute.objects.get()
        assert dispute.due_by
        assert (dispute.reason, dispute.unit_amount) == ("fraudulent", 1000)


class TestInquiry:
    def test_takes_nothing(self, case):
        case.dispute(inquiry=True)

        assert case.end == (0, 100)
        assert Dispute.objects.get().status == "warning_needs_response"

    def test_closed_takes_nothing(self, case):
        dispute = case.dispute(inquiry=True)

        case.do("lose", dispute["id"])

        assert case.end == (0, 100)
        assert Dispute.objects.get().status == "warning_closed"

    def test_that_escalates_takes_all(self, case):
        dispute = case.dispute(inquiry=True)

        case.do("escalate", dispute["id"])
        case.do("lose", dispute["id"])

        assert case.end == (100, 0)

    def test_that_escalates_and_is_won_takes_nothing_in_the_end(self, case):
        dispute = case.dispute(inquiry=True)

        case.do("escalate", dispute["id"])
        case.do("win", dispute["id"])

        assert case.movements == [100, -100, 100]

    def test_and_a_refund_that_answers_it_take_the_refund(self, case):
        dispute = case.dispute(inquiry=True)

        case.refund(1000)
        case.do("lose", dispute["id"])

        assert case.movements == [100, -100]


class TestWithRefunds:
    def test_refund_then_dispute_take_no_more_than_all(self, case):
        case.refund(300)

        case.dispute()

        assert case.end == (100, 0)
        assert case.movements == [100, -30, -70]

    def test_won_gives_back_all_but_the_refund(self, case):
        case.refund(300)
        dispute = case.dispute()

        case.do("win", dispute["id"])

        assert case.end == (30, 70)
        assert case.movements == [100, -30, -70, 70]

    def test_the_rest_refunded_afterwards(self, case):
        case.refund(300)
        dispute = case.dispute()
        case.do("win", dispute["id"])

        case.refund(700)

        assert case.end == (100, 0)
        assert case.movements == [100, -30, -70, 70, -70]

    def test_a_refund_that_fails_during_a_dispute_of_the_rest(self, case):
        refund = case.refund(300)
        case.dispute(700)
        assert case.end == (100, 0)

        case.do("settle_refund", refund["id"], "failed")

        assert case.end == (70, 30)

    def test_nothing_is_left_to_refund_while_the_bank_has_it(self, case):
        dispute = case.dispute(600)
        assert refunds.refundable(case.purchase) == 400

        case.do("win", dispute["id"])

        assert refunds.refundable(case.purchase) == 1000

    def test_staff_are_told_which_dispute_holds_the_money(self, case):
        case.dispute(600)

        with pytest.raises(refunds.PaymentDisputed):
            refunds.request(
                purchase=case.purchase,
                unit_amount=100,
                reason="Asked by mail",
                requested_by=make_staff(),
                nonce=uuid4(),
            )

        assert case.end == (60, 40)


class TestSeveral:
    def test_on_one_charge_add_up(self, case):
        case.dispute(400)
        case.dispute(350)

        assert case.end == (75, 25)

    def test_each_goes_its_own_way(self, case):
        first, second = case.dispute(400), case.dispute(350)

        case.do("win", first["id"])
        case.do("lose", second["id"])

        assert case.end == (35, 65)

    def test_never_take_more_than_was_paid(self, case):
        case.dispute(800)
        case.dispute(800)

        assert case.end == (100, 0)


class TestExpiry:
    def test_credits_won_back_after_their_expiry_live_on(self, shop):
        purchase = shop.sell(plan=shop.plan(valid_for_days=1))
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()

        with time_machine.travel(timezone.now() + timedelta(days=2)):
            ledger.expire()
            shop.stripe.win(dispute["id"])
            shop.deliver()
            balance = ledger.balance(purchase.account)

        purchase.lot.refresh_from_db()
        amounts = purchase.account.transactions.order_by("seq").values_list("amount", flat=True)
        assert balance == 100
        assert (purchase.lot.clawed_back, purchase.lot.remaining) == (0, 100)
        assert purchase.lot.expires_at > timezone.now() + timedelta(days=30)
        assert list(amounts) == [100, -100, 100]

    def test_a_refund_after_the_expiry_takes_nothing_and_leaves_what_was_spent_short(self, shop):
        purchase = shop.sell(plan=shop.plan(valid_for_days=1))
        ledger.spend(account=purchase.account, credits=40, key="work", description="Work")

        with time_machine.travel(timezone.now() + timedelta(days=2)):
            ledger.expire()
            shop.refund(purchase, 1000)
            shop.deliver()

        lot = type(purchase.lot).objects.get(pk=purchase.lot.pk)
        amounts = purchase.account.transactions.order_by("seq").values_list("amount", flat=True)
        assert (lot.spent, lot.expired, lot.remaining, lot.shortfall) == (40, 60, 0, 40)
        assert list(amounts) == [100, -40, -60]


class TestBeforeTheGrant:
    def test_a_dispute_may_be_told_first(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "dispute")
        completed = shop.event("checkout.session.completed")
        before = [event for event in shop.stripe.events() if event["id"] != completed["id"]]

        shop.deliver(*before)
        shop.deliver(completed)

        purchase.refresh_from_db()
        assert (purchase.lot.clawed_back, purchase.lot.remaining) == (100, 0)
        assert ledger.balance(purchase.account) == 0


class Says:
    """Snapshots of one dispute by hand: what Stripe does and the sandbox does not."""

    def __init__(self, case):
        self.case = case
        self.event = case.shop.event("charge.dispute.created")
        self.began = self.event["created"]
        self.numbers = itertools.count(1)

    def snapshot(self, status, *nets, after=0, **changes):
        """The dispute as of some seconds after it began, with these balance transactions."""
        number = next(self.numbers)
        event = self.event
        return {
            **event,
            "id": f"evt_told_{number}",
            "type": "charge.dispute.updated",
            "created": self.began + after,
            "data": {
                "object": {
                    **event["data"]["object"],
                    "status": status,
                    "balance_transactions": [{"amount": net} for net in nets],
                    **changes,
                }
            },
        }


@pytest.fixture
def says(case):
    case.dispute()
    return Says(case)


class TestFurthestSnapshot:
    """Every order of these snapshots ends the same."""

    @pytest.mark.parametrize("order", EVERY_ORDER_OF_3)
    def test_lost_and_then_won_without_a_new_movement(self, case, says, order):
        ways = [
            says.snapshot("under_review", -1000, after=10),
            says.snapshot("lost", -1000, after=20),
            says.snapshot("won", -1000, after=30),
        ]

        case.shop.deliver(*(ways[place] for place in order))

        assert case.end == (0, 100)
        assert Dispute.objects.get().status == "won"

    @pytest.mark.parametrize("order", EVERY_ORDER_OF_3)
    def test_won_and_then_lost_after_all(self, case, says, order):
        ways = [
            says.snapshot("won", -1000, 1000, after=10),
            says.snapshot("needs_response", -1000, 1000, -1000, after=20),
            says.snapshot("lost", -1000, 1000, -1000, after=30),
        ]

        case.shop.deliver(*(ways[place] for place in order))

        assert case.end == (100, 0)
        assert Dispute.objects.get().status == "lost"

    @pytest.mark.parametrize("order", EVERY_ORDER_OF_3)
    def test_a_verdict_that_is_taken_back_without_a_movement(self, case, says, order):
        ways = [
            says.snapshot("needs_response", -1000, after=10),
            says.snapshot("won", -1000, after=20),
            says.snapshot("under_review", -1000, after=30),
        ]

        case.shop.deliver(*(ways[place] for place in order))

        assert case.end == (100, 0)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_contrary_verdicts_of_one_second_favour_the_customer(self, case, says, order):
        ways = [says.snapshot("lost", -1000, after=10), says.snapshot("won", -1000, after=10)]

        case.shop.deliver(*(ways[place] for place in order))

        assert case.end == (0, 100)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_a_movement_counts_more_than_a_clock(self, case, says, order):
        ways = [
            says.snapshot("under_review", -1000, 1000, after=10),
            says.snapshot("under_review", -1000, after=11),
        ]

        case.shop.deliver(*(ways[place] for place in order))

        assert case.end == (0, 100)

    def test_a_word_that_nobody_knows_yet_counts_by_its_movements(self, case, says):
        case.shop.deliver(says.snapshot("appealed", -1000, 400, after=10))

        assert case.end == (60, 40)
        assert Dispute.objects.get().status == "appealed"

    def test_movements_in_another_currency_count_by_their_share(self, case, says):
        case.shop.deliver(says.snapshot("lost", -920, 230, after=10))

        assert case.end == (75, 25)


class TestContradictions:
    def test_another_currency_is_set_aside(self, case, says):
        event = says.snapshot("won", -1000, after=10, currency="eur")

        case.shop.deliver(event)

        assert StripeEvent.objects.get(stripe_event_id=event["id"]).state == "quarantined"
        assert case.end == (100, 0)

    def test_a_dispute_of_a_payment_that_is_not_ours_changes_nothing(self, case, says):
        event = says.snapshot(
            "lost", after=10, id="du_foreign", payment_intent="pi_foreign", charge="ch_foreign"
        )

        case.shop.deliver(event)

        assert not Dispute.objects.filter(
            stripe_dispute_id="du_foreign", payment__purchase__isnull=False
        ).exists()
        assert case.end == (100, 0)
