"""Saving a card on the page, by the API, and taking it away again."""

import json

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import make_client, types
from tests.stripe_sandbox.saving import charge, make_customer, make_setup, save_card


def error_of(refusal):
    """Give Stripe's own error, with what it carries."""
    return json.loads(refusal.value.http_body)["error"]


class TestSetupSession:
    def test_saves_a_card_and_charges_nothing(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_setup(client, setup_intent_data={"metadata": {"user": "7"}})

        stripe_sandbox.save_card(session.id)

        session = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
        assert (session.status, session.payment_status) == ("complete", "no_payment_required")
        assert (session.amount_total, session.payment_intent, session.url) == (None, None, None)
        assert session.setup_intent.status == "succeeded"
        assert session.setup_intent.metadata.to_dict() == {"user": "7"}
        method = client.v1.payment_methods.retrieve(session.setup_intent.payment_method)
        assert (method.customer, method.card.last4) == (session.customer, "4242")

    def test_sends_stripes_burst(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        save_card(stripe_sandbox, client)

        assert types(stripe_sandbox.events()) == [
            "customer.created",
            "setup_intent.created",
            "payment_method.attached",
            "setup_intent.succeeded",
            "checkout.session.completed",
        ]

    def test_of_a_declined_card_stays_open(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_setup(client)

        with pytest.raises(Refused) as refusal:
            stripe_sandbox.save_card(session.id, "chargeDeclinedInsufficientFunds")

        assert refusal.value.error["decline_code"] == "insufficient_funds"
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
        assert stripe_sandbox.events("setup_intent.setup_failed")

    def test_expires_and_gives_its_setup_intent_up(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_setup(client)

        stripe_sandbox.expire(session.id)

        assert client.v1.setup_intents.retrieve(session.setup_intent).status == "canceled"

    def test_has_a_page_that_saves(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_setup(client)

        page = visit(stripe_sandbox, f"/c/pay/{session.id}")
        stripe_sandbox.save_card(session.id)
        after = visit(stripe_sandbox, f"/c/pay/{session.id}")

        assert "Save card" in page.text
        assert "The card is saved." in after.text


class TestPaymentMethod:
    def test_is_listed_for_its_customer_until_it_is_detached(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client)
        customer = method.customer

        before = client.v1.customers.payment_methods.list(customer, {"type": "card"})
        client.v1.payment_methods.detach(method.id)
        after = client.v1.payment_methods.list({"customer": customer})

        assert [card.id for card in before] == [method.id]
        assert after.data == []
        (event,) = stripe_sandbox.events("payment_method.detached")
        assert event["data"]["object"]["customer"] is None
        assert event["data"]["previous_attributes"] == {"customer": customer}

    def test_is_attached_by_the_api(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = make_customer(client)

        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})

        assert method.customer == customer.id

    def test_cannot_be_charged_after_its_customer_was_deleted(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client)
        client.v1.customers.delete(method.customer)

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            charge(client, method)

        assert (refusal.value.code, refusal.value.param) == ("resource_missing", "customer")
        assert not stripe_sandbox.events("payment_method.detached")


class TestSetupIntent:
    def test_saves_a_card_for_a_customer(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = make_customer(client)

        intent = client.v1.setup_intents.create(
            {"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True}
        )

        assert intent.status == "succeeded"
        listed = client.v1.setup_intents.list({"customer": customer.id})
        assert [one.id for one in listed] == [intent.id]

    def test_is_confirmed_later(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        intent = client.v1.setup_intents.create({"payment_method_types": ["card"]})

        intent = client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

        assert (intent.status, intent.customer) == ("succeeded", None)

    def test_tells_why_a_card_was_declined(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.CardError) as refusal:
            client.v1.setup_intents.create(
                {"payment_method": "pm_card_chargeDeclinedExpiredCard", "confirm": True}
            )

        error = error_of(refusal)
        assert error["code"] == "expired_card"
        assert error["setup_intent"]["status"] == "requires_payment_method"

    def test_is_given_up(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        intent = client.v1.setup_intents.create({})

        intent = client.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

        assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")


class TestSavedCard:
    def test_is_charged_while_its_customer_is_away(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client)

        intent = charge(client, method, metadata={"purchase_id": "7"})

        assert (intent.status, intent.amount_received) == ("succeeded", 1000)
        assert types(stripe_sandbox.events())[5:] == [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "charge.updated",
        ]
        assert [
            one.id for one in client.v1.payment_intents.list({"customer": method.customer})
        ] == [intent.id]

    @pytest.mark.parametrize(
        ("card", "code", "decline_code"),
        [
            ("chargeCustomerFail", "card_declined", "generic_decline"),
            ("chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
            ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
            ("authenticationRequired", "authentication_required", "authentication_required"),
        ],
    )
    def test_is_declined_with_the_payment_intent_in_the_error(
        self, stripe_sandbox, card, code, decline_code
    ):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client)
        stripe_sandbox.change_card(method.id, card)

        with pytest.raises(stripe.CardError) as refusal:
            charge(client, method)

        error = error_of(refusal)
        assert (error["code"], error["decline_code"]) == (code, decline_code)
        assert error["payment_intent"]["status"] == "requires_payment_method"
        assert error["payment_intent"]["last_payment_error"]["code"] == code

    def test_that_was_declined_is_charged_again_with_the_same_payment_intent(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client)
        stripe_sandbox.change_card(method.id, "chargeDeclinedInsufficientFunds")
        with pytest.raises(stripe.CardError) as refusal:
            charge(client, method)
        stripe_sandbox.change_card(method.id, "visa")

        intent = client.v1.payment_intents.confirm(
            error_of(refusal)["payment_intent"]["id"],
            {"payment_method": method.id, "off_session": True},
        )

        assert intent.status == "succeeded"

    def test_whose_bank_asked_at_the_setup_is_charged_without_asking(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        asked = save_card(stripe_sandbox, client, "authenticationRequiredOnSetup")
        never_asked = client.v1.payment_methods.attach(
            "pm_card_authenticationRequiredOnSetup", {"customer": asked.customer}
        )

        charge(client, asked)

        with pytest.raises(stripe.CardError, match="requires authentication"):
            charge(client, never_asked)

    def test_is_charged_once_for_a_key_whose_answer_was_lost(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client)
        stripe_sandbox.switch(
            api_hang_after_effect=0.01, api_times=1, api_only="POST /v1/payment_intents"
        )
        with pytest.raises(stripe.APIConnectionError):
            charge(client, method, options={"idempotency_key": "purchase"})

        intent = charge(client, method, options={"idempotency_key": "purchase"})

        assert intent.status == "succeeded"
        assert len(stripe_sandbox.events("charge.succeeded")) == 1

    def test_of_a_dispute_is_disputed_afterwards(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client, "createDispute")

        charge(client, method)

        assert stripe_sandbox.events("charge.dispute.created")
