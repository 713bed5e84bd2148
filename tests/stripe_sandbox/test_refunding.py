"""Money given back: whole, in parts, later, not after all."""

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.buying import make_client, make_payment, types


def charge_of(client, session):
    intent = client.v1.payment_intents.retrieve(
        session.payment_intent, {"expand": ["latest_charge"]}
    )
    return intent.latest_charge


class TestRefund:
    def test_gives_back_everything_by_default(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        refund = client.v1.refunds.create({"payment_intent": session.payment_intent})

        charge = charge_of(client, session)
        assert (refund.amount, refund.status, refund.charge) == (1000, "succeeded", charge.id)
        assert (charge.amount_refunded, charge.refunded) == (1000, True)

    def test_sends_stripes_events(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        before = len(stripe_sandbox.events())

        client.v1.refunds.create({"payment_intent": session.payment_intent, "amount": 333})

        events = stripe_sandbox.events()[before:]
        assert types(events) == [
            "refund.created",
            "charge.refunded",
            "refund.updated",
            "charge.refund.updated",
        ]
        assert events[1]["data"]["previous_attributes"] == {"amount_refunded": 0}

    def test_in_parts_adds_up(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        for amount in (333, 333, 334):
            client.v1.refunds.create({"payment_intent": session.payment_intent, "amount": amount})

        assert charge_of(client, session).refunded
        listed = client.v1.refunds.list({"payment_intent": session.payment_intent})
        assert [refund.amount for refund in listed.data] == [334, 333, 333]

    def test_books_its_money(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        refund = client.v1.refunds.create(
            {
                "payment_intent": session.payment_intent,
                "amount": 333,
                "expand": ["balance_transaction"],
            }
        )

        movement = refund.balance_transaction
        assert (movement.amount, movement.net, movement.type) == (-333, -333, "refund")

    @pytest.mark.parametrize(
        ("amounts", "code", "message"),
        [
            ([1000, 1], "charge_already_refunded", "has already been refunded"),
            ([600, 500], None, r"\(\$5.00\) is greater than unrefunded amount .* \(\$4.00\)"),
            ([0], "parameter_invalid_integer", "greater than or equal to 1"),
        ],
    )
    def test_is_refused_in_stripes_words(self, stripe_sandbox, amounts, code, message):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        *before, last = [{"payment_intent": session.payment_intent, "amount": n} for n in amounts]
        for params in before:
            client.v1.refunds.create(params)

        with pytest.raises(stripe.InvalidRequestError, match=message) as refusal:
            client.v1.refunds.create(last)

        assert refusal.value.code == code

    def test_of_a_charge_that_was_charged_back_is_refused(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="dispute")

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.refunds.create({"payment_intent": session.payment_intent})

        assert refusal.value.code == "charge_disputed"

    def test_wants_to_know_of_what(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
            client.v1.refunds.create({"amount": 1})

    def test_of_an_unpaid_payment_is_refused(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})

        with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
            client.v1.refunds.create({"payment_intent": intent.id})

    def test_keeps_its_metadata_and_reason(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        refund = client.v1.refunds.create(
            {
                "payment_intent": session.payment_intent,
                "reason": "requested_by_customer",
                "metadata": {"refund": "a1"},
            }
        )
        changed = client.v1.refunds.update(refund.id, {"metadata": {"refund": "", "b": "2"}})

        assert refund.metadata.to_dict() == {"refund": "a1"}
        assert changed.metadata.to_dict() == {"b": "2"}
        assert changed.reason == "requested_by_customer"


class TestPendingRefund:
    @pytest.mark.parametrize(("becomes", "refunded"), [("succeeded", 400), ("failed", 0)])
    def test_counts_until_it_fails(self, stripe_sandbox, becomes, refunded):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        refund = stripe_sandbox.refund(session.id, 400, status="pending")
        pending = charge_of(client, session).amount_refunded
        stripe_sandbox.settle_refund(refund["id"], becomes)

        assert pending == 400
        assert client.v1.refunds.retrieve(refund["id"]).status == becomes
        assert charge_of(client, session).amount_refunded == refunded

    def test_of_stripes_test_card_succeeds_by_itself(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="pendingRefund")
        stripe_sandbox.switch(bank_seconds=60)

        refund = client.v1.refunds.create({"payment_intent": session.payment_intent})
        stripe_sandbox.advance(61)

        stripe_sandbox.wait_for("refund.updated")
        assert refund.status == "pending"
        assert client.v1.refunds.retrieve(refund.id).status == "succeeded"

    def test_may_wait_for_the_customer_and_be_cancelled(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        refund = stripe_sandbox.refund(session.id, status="requires_action")

        cancelled = client.v1.refunds.cancel(refund["id"])

        assert cancelled.status == "canceled"
        assert charge_of(client, session).amount_refunded == 0

    def test_that_waits_for_nobody_cannot_be_cancelled(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        refund = client.v1.refunds.create({"payment_intent": session.payment_intent})

        with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
            client.v1.refunds.cancel(refund.id)


class TestFailingRefund:
    def test_brings_the_money_back_after_it_had_succeeded(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="refundFail")

        refund = client.v1.refunds.create({"payment_intent": session.payment_intent})
        stripe_sandbox.settle_refund(refund.id)

        failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
        assert (refund.status, failed.status) == ("succeeded", "failed")
        assert failed.failure_balance_transaction.amount == 1000
        assert types(stripe_sandbox.events())[-3:] == [
            "refund.updated",
            "charge.refund.updated",
            "refund.failed",
        ]

    def test_leaves_room_for_another(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        first = stripe_sandbox.refund(session.id)
        stripe_sandbox.settle_refund(first["id"], "failed")

        second = client.v1.refunds.create({"payment_intent": session.payment_intent})

        assert second.amount == 1000

    def test_is_final(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        refund = stripe_sandbox.refund(session.id)
        stripe_sandbox.settle_refund(refund["id"], "failed")

        with pytest.raises(Refused, match="status of failed cannot become succeeded"):
            stripe_sandbox.settle_refund(refund["id"], "succeeded")
