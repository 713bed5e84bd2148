"""The burst of events and the state that each outcome of the payment page leaves."""

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.buying import make_client, make_payment, make_price, make_session, types

SET_UP = ["product.created", "price.created"]


class TestCard:
    def test_that_pays_sends_stripes_burst(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        stripe_sandbox.pay(session.id)

        assert types(stripe_sandbox.events()) == [
            *SET_UP,
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
            "charge.updated",
        ]

    def test_that_pays_completes_the_session(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        session = make_payment(
            stripe_sandbox,
            client,
            client_reference_id="42",
            metadata={"purchase_id": "7"},
            payment_intent_data={"metadata": {"purchase_id": "7"}},
        )

        intent = client.v1.payment_intents.retrieve(
            session.payment_intent, {"expand": ["latest_charge.balance_transaction"]}
        )
        assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
        assert (session.client_reference_id, session.metadata.to_dict()) == (
            "42",
            {"purchase_id": "7"},
        )
        assert (intent.status, intent.amount_received) == ("succeeded", 1000)
        assert intent.latest_charge.metadata.to_dict() == {"purchase_id": "7"}
        assert intent.latest_charge.balance_transaction.net == 1000 - 59

    def test_that_is_declined_leaves_the_session_open(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        with pytest.raises(Refused) as refusal:
            stripe_sandbox.pay(session.id, "decline")

        assert refusal.value.error["decline_code"] == "generic_decline"
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
        assert types(stripe_sandbox.events())[2:] == [
            "payment_intent.created",
            "charge.failed",
            "payment_intent.payment_failed",
        ]

    def test_that_pays_after_one_was_declined_uses_the_same_payment_intent(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)
        with pytest.raises(Refused):
            stripe_sandbox.pay(session.id, "decline")

        stripe_sandbox.pay(session.id)

        assert len(stripe_sandbox.events("payment_intent.created")) == 1
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_cannot_pay_a_session_twice(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        with pytest.raises(Refused, match="complete and can no longer be paid"):
            stripe_sandbox.pay(session.id)


class TestBankDebit:
    @pytest.mark.parametrize(
        ("outcome", "last_event", "payment_status"),
        [
            ("debit_clears", "charge.updated", "paid"),
            ("debit_fails", "checkout.session.async_payment_failed", "unpaid"),
        ],
    )
    def test_completes_unpaid_and_settles_later(
        self, stripe_sandbox, outcome, last_event, payment_status
    ):
        client = make_client(stripe_sandbox)

        session = make_payment(stripe_sandbox, client, outcome=outcome)
        before = (session.status, session.payment_status)
        stripe_sandbox.settle_debit(session.id)

        after = client.v1.checkout.sessions.retrieve(session.id)
        assert before == ("complete", "unpaid")
        assert (after.status, after.payment_status) == ("complete", payment_status)
        assert types(stripe_sandbox.events())[-1] == last_event

    def test_may_end_otherwise_than_its_account_says(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, outcome="debit_clears")

        stripe_sandbox.settle_debit(session.id, clears=False)

        assert stripe_sandbox.events("checkout.session.async_payment_failed")

    def test_settles_by_itself_after_a_while(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        stripe_sandbox.switch(bank_seconds=0.05)

        session = make_payment(stripe_sandbox, client, outcome="debit_clears")
        stripe_sandbox.advance(1)

        stripe_sandbox.wait_for("checkout.session.async_payment_succeeded")
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_is_not_offered_where_the_session_takes_cards_only(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client, payment_method_types=["card"])

        with pytest.raises(Refused, match="no bank debit"):
            stripe_sandbox.pay(session.id, "debit_clears")


class TestSession:
    def test_expires_by_itself(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        stripe_sandbox.advance(24 * 3600 + 60)

        stripe_sandbox.wait_for("checkout.session.expired")
        expired = client.v1.checkout.sessions.retrieve(session.id)
        assert (expired.status, expired.url) == ("expired", None)

    def test_expires_when_asked_once(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        client.v1.checkout.sessions.expire(session.id)

        with pytest.raises(stripe.InvalidRequestError, match=r'in \["open"\] can be expired'):
            client.v1.checkout.sessions.expire(session.id)

    def test_of_nothing_needs_no_payment(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client, unit_amount=0)

        session = make_payment(stripe_sandbox, client, price=price)

        assert session.payment_status == "no_payment_required"
        assert session.payment_intent is None

    def test_shows_its_line_items_only_when_asked(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        asked = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})

        assert "line_items" not in session
        assert asked.line_items.data[0].description == "Starter"
