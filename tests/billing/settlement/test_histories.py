"""
Histories: the events of a purchase in every order and any number of times, and random ones.

`explore` walks through every order without playing each to its end: what is known after some
events must be the same whichever came first, so each set of events is looked at once. Random
histories must end where Stripe's own objects say, and nothing else is known of them.
"""

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import refunds
from billing.models import Dispute, Payment, Purchase, Refund
from billing.stripe_gateway.objects import Charge, CheckoutSession, DisputeObject, RefundObject
from billing.webhooks import handlers, inbox, reading
from credits import ledger
from credits.models import Lot
from stripe_sandbox.client import Refused
from tests.people import make_staff
from tests.truth import Truth

pytestmark = pytest.mark.django_db

SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def undone():
    """Whatever is written inside is gone afterwards."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


def happen(event):
    """Take an event in; each delivery as an event of its own, so that the inbox believes it."""
    return inbox.receive(reading.event_of({**event, "id": f"evt_test_{uuid4().hex}"}))


def different(events):
    """The events that say something, each once, however often Stripe says the same."""
    readers = {
        "checkout.session": CheckoutSession.read,
        "charge": Charge.read,
        "refund": RefundObject.read,
        "dispute": lambda data: DisputeObject.read(data, as_of=SOME_TIME),
    }
    kept: dict[tuple[Any, str], dict[str, Any]] = {}
    for event in events:
        data = event["data"]["object"]
        if event["type"] in handlers.HANDLERS and data["object"] in readers:
            handler = handlers.HANDLERS[event["type"]]
            kept.setdefault((handler, repr(readers[data["object"]](data))), event)
    return list(kept.values())


def known():
    """Everything that this site knows and holds, as text; the ledger's numbers included."""
    return json.dumps(
        [
            list(queryset.order_by(fields[0]).values(*fields))
            for queryset, fields in (
                (
                    Purchase.objects,
                    ["uuid", "status", "payment__stripe_payment_intent_id", "problem"],
                ),
                (Payment.objects, ["amount_received", "max_amount_refunded", "currency"]),
                (Refund.objects.all(), ["stripe_refund_id", "status", "unit_amount"]),
                (Dispute.objects, ["stripe_dispute_id", "status", "withdrawn", "movements"]),
                (Lot.objects, ["granted", "clawback_target", "clawed_back", "remaining"]),
            )
        ],
        default=str,
        sort_keys=True,
    ).replace(" ", "")


def explore(events):
    """Deliver events in every order, each also again; return what is known in the end."""
    seen: dict[frozenset[int], str] = {}

    def visit(delivered):
        for number, event in enumerate(events):
            reached = delivered | {number}
            if number in delivered:
                continue
            with undone():
                happen(event)
                here = known()
                assert seen.setdefault(reached, here) == here, event["type"]
                if reached in expanded:
                    continue
                expanded.add(reached)
                # The oldest news and the latest; all of them once all are known.
                whole = len(reached) == len(events)
                for again in reached if whole else {min(reached), max(reached)}:
                    happen(events[again])
                assert known() == here
                visit(reached)

    expanded = set()
    visit(frozenset())
    return seen[frozenset(range(len(events)))]


class Story:
    """A purchase that Stripe knows all about and this site nothing yet."""

    def __init__(self, shop, outcome="pay"):
        self.stripe = shop.stripe
        self.purchase = shop.open()
        self.start = len(self.stripe.events())
        self.intent = self.stripe.pay(self.purchase.stripe_session_id, outcome)["payment_intent"]

    def refund(self, amount, becomes=None, **kwargs):
        refund = self.stripe.refund(self.intent, amount, **kwargs)
        if becomes:
            self.stripe.settle_refund(refund["id"], becomes)

    def dispute(self, amount, *acts, **kwargs):
        dispute = self.stripe.dispute(self.intent, amount, **kwargs)
        for act, *args in acts:
            getattr(self.stripe, act)(dispute["id"], *args)

    @property
    def events(self):
        return different(self.stripe.events()[self.start :])


def refund_of_a_part(it):
    it.refund(400)


def refund_that_takes_a_while(it):
    it.refund(400, status="pending", becomes=None)
    it.stripe.settle_refund(it.stripe.events("refund.created")[-1]["data"]["object"]["id"])


def refund_that_never_succeeds(it):
    it.refund(400, status="pending", becomes="failed")


def refund_that_fails_after_it_succeeded(it):
    it.refund(400, becomes="failed")


def refund_that_is_called_off(it):
    it.refund(400, status="requires_action", becomes="canceled")


def refund_that_fails_beside_one_that_stands(it):
    it.refund(400, becomes="failed")
    it.refund(300)


def two_parts_that_are_all(it):
    it.refund(333)
    it.refund(667)


def inquiry_that_is_closed(it):
    it.dispute(1000, ("lose",), inquiry=True)


def inquiry_that_escalates_and_is_lost(it):
    it.dispute(1000, ("escalate",), ("lose",), inquiry=True)


def chargeback_won(it):
    it.dispute(1000, ("win",))


def chargeback_lost(it):
    it.dispute(1000, ("lose",))


def chargeback_of_a_part_won_in_part_and_lost(it):
    it.dispute(800, ("win", 300), ("lose",))


def refund_then_chargeback_won(it):
    it.refund(300)
    it.dispute(1000, ("win",))


def refund_that_fails_beside_a_chargeback(it):
    it.refund(300)
    it.dispute(500)
    it.stripe.settle_refund(
        it.stripe.events("refund.created")[-1]["data"]["object"]["id"], "failed"
    )


def two_chargebacks_with_two_verdicts(it):
    it.dispute(400, ("win",))
    it.dispute(350, ("lose",))


STORIES = [
    # What happens, then C of 100 credits for 10.00 USD.
    (refund_of_a_part, 40),
    (refund_that_takes_a_while, 40),
    (refund_that_never_succeeds, 0),
    (refund_that_fails_after_it_succeeded, 0),
    (refund_that_is_called_off, 0),
    (refund_that_fails_beside_one_that_stands, 30),
    (two_parts_that_are_all, 100),
    (inquiry_that_is_closed, 0),
    (inquiry_that_escalates_and_is_lost, 100),
    (chargeback_won, 0),
    (chargeback_lost, 100),
    (chargeback_of_a_part_won_in_part_and_lost, 50),
    (refund_then_chargeback_won, 30),
    (refund_that_fails_beside_a_chargeback, 50),
    (two_chargebacks_with_two_verdicts, 35),
]


class TestEveryOrder:
    @pytest.mark.parametrize(
        ("story", "clawed_back"), STORIES, ids=[story.__name__ for story, _ in STORIES]
    )
    def test_of_a_story_ends_the_same(self, shop, story, clawed_back):
        it = Story(shop)
        story(it)

        end = explore(it.events)

        assert '"status":"paid"' in end
        assert f'"clawed_back":{clawed_back},' in end
        assert f'"remaining":{100 - clawed_back}}}' in end

    def test_of_a_bank_debit_that_clears_and_is_refunded(self, shop):
        it = Story(shop, "debit_clears")
        it.stripe.settle_debit(it.intent)
        it.refund(400)

        end = explore(it.events)

        assert '"status":"paid"' in end
        assert '"clawed_back":40,' in end

    def test_of_a_bank_debit_that_fails(self, shop):
        it = Story(shop, "debit_fails")
        it.stripe.settle_debit(it.intent)

        end = explore(it.events)

        assert '"status":"failed"' in end
        assert '"granted"' not in end


class History:
    """One purchase, random acts at Stripe and here, and deliveries in between."""

    def __init__(self, shop, random, *, credits, unit_amount):
        shop.stripe.reset()
        self.shop, self.stripe, self.random = shop, shop.stripe, random
        self.credits, self.unit_amount = credits, unit_amount
        self.purchase = shop.open(plan=shop.plan(credits=credits, unit_amount=unit_amount))
        self.intent = shop.pay(self.purchase)["payment_intent"]
        self.refunds, self.disputes, self.spends = [], [], []
        self.staff = make_staff()
        self.told = 0

    def refund(self, share, status):
        amount = max(1, self.unit_amount * share // 100)
        self.refunds.append(self.stripe.refund(self.intent, amount, status=status)["id"])

    def refund_ends(self, becomes):
        self.stripe.settle_refund(self.random.choice(self.refunds), becomes)

    def staff_refunds(self, share, goes):
        """`goes` well, or nobody answers and nobody knows whether it went."""
        self.purchase.refresh_from_db()
        amount = refunds.refundable(self.purchase) * share // 100
        if not amount or self.purchase.lot is None:
            return
        self.stripe.switch(api_down=goes == "down")
        refunds.request(
            purchase=self.purchase,
            unit_amount=amount,
            reason="",
            requested_by=self.staff,
            nonce=uuid4(),
        )
        self.stripe.switch(api_down=False)

    def dispute(self, share, inquiry):
        amount = max(1, self.unit_amount * share // 100)
        self.disputes.append(self.stripe.dispute(self.intent, amount, inquiry=inquiry)["id"])

    def dispute_goes_on(self, act):
        getattr(self.stripe, act)(self.random.choice(self.disputes))

    def dispute_is_won_in_part(self, share):
        chosen = self.random.choice(self.disputes)
        amount = next(
            event["data"]["object"]["amount"]
            for event in self.stripe.events("charge.dispute.created")
            if event["data"]["object"]["id"] == chosen
        )
        self.stripe.win(chosen, max(1, amount * share // 100))

    def spend(self, share):
        credits = ledger.balance(self.purchase.account) * share // 100
        if credits:
            self.spends.append(
                ledger.spend(account=self.purchase.account, credits=credits, key=str(uuid4()))
            )

    def give_back(self):
        if self.spends:
            spent = self.spends.pop(self.random.randrange(len(self.spends)))
            ledger.give_back(transaction=spent, credits=-spent.amount, key=str(uuid4()))

    def deliver(self):
        """Some of what has happened, some of it twice, in any order."""
        events = self.stripe.events()
        for event in self.random.choices(events, k=min(8, len(events))):
            happen(event)

    def deliver_everything(self):
        for refund in Refund.objects.filter(status=Refund.Status.REQUESTED):
            refunds.resolve(refund, by=None)
        events = self.stripe.events()
        self.random.shuffle(events)
        for event in events:
            happen(event)


SHARES = st.integers(1, 100)
ACTS = st.one_of(
    st.tuples(
        st.just("refund"), SHARES, st.sampled_from(["succeeded", "pending", "requires_action"])
    ),
    st.tuples(st.just("refund_ends"), st.sampled_from(["succeeded", "failed", "canceled"])),
    st.tuples(st.just("staff_refunds"), SHARES, st.sampled_from(["well", "down"])),
    st.tuples(st.just("dispute"), SHARES, st.booleans()),
    st.tuples(st.just("dispute_goes_on"), st.sampled_from(["escalate", "win", "lose"])),
    st.tuples(st.just("dispute_is_won_in_part"), SHARES),
    st.tuples(st.just("spend"), SHARES),
    st.tuples(st.just("give_back")),
    st.tuples(st.just("deliver")),
)


class TestAnyHistory:
    @settings(
        max_examples=60,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        acts=st.lists(ACTS, max_size=14),
        seed=st.integers(0, 2**32),
        credits=st.sampled_from([1, 7, 100, 1_000_000]),
        unit_amount=st.sampled_from([50, 999, 1000, 100_000]),
    )
    def test_ends_where_the_money_says(self, shop, acts, seed, credits, unit_amount):
        with undone():
            chance = Random(seed)
            it = History(shop, chance, credits=credits, unit_amount=unit_amount)
            for name, *values in acts:
                try:
                    getattr(it, name)(*values)
                except (Refused, IndexError):
                    continue  # Stripe would not do it either, or there was nothing to choose

            it.deliver_everything()

            it.purchase.refresh_from_db()
            lot = it.purchase.lot
            target = Truth(it.stripe.events()).target(it.intent, credits=credits)
            assert lot.clawback_target == target
            assert lot.clawed_back == min(target, credits - lot.spent)
            assert lot.remaining == credits - lot.spent - lot.clawed_back
            assert ledger.balance(it.purchase.account) == lot.remaining
