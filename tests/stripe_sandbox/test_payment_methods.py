"""Cards and accounts by Stripe's test numbers, and the page's own calls that pay with them."""

import pytest
import stripe

from tests.stripe_sandbox.buying import make_client, make_session

CLEARS, FAILS = "AT611904300234573201", "IT60X0542811101000000123456"


def make_debit(client, iban):
    return client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": iban},
            "billing_details": {"name": "Jenny", "email": "jenny@example.com"},
        }
    )


def confirm(client, session, method, **params):
    """Do what the hosted page does; Stripe does not document it."""
    path = f"/v1/payment_pages/{session.id}/confirm"
    return client.raw_request("post", path, payment_method=method.id, **params).data


class TestPaymentMethod:
    @pytest.mark.parametrize(
        "card",
        [{"number": "4000000000000002", "exp_month": 1, "exp_year": 2040}, {"token": "tok_visa"}],
    )
    def test_is_a_test_card_by_number_or_token(self, stripe_sandbox, card):
        client = make_client(stripe_sandbox)

        method = client.v1.payment_methods.create({"type": "card", "card": card})

        assert method.card.last4 in {"0002", "4242"}

    def test_of_an_unknown_number_is_refused(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        card = {"number": "4111111111111111", "exp_month": 1, "exp_year": 2040}

        with pytest.raises(stripe.CardError, match="incorrect"):
            client.v1.payment_methods.create({"type": "card", "card": card})

    def test_needs_what_its_type_says(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError, match="Missing required param: sepa_debit"):
            client.v1.payment_methods.create({"type": "sepa_debit"})

    def test_must_be_one_that_the_payment_takes(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        debit = make_debit(client, CLEARS)
        intent = client.v1.payment_intents.create({"amount": 500, "currency": "eur"})

        with pytest.raises(stripe.InvalidRequestError, match="is not allowed"):
            client.v1.payment_intents.confirm(intent.id, {"payment_method": debit.id})


class TestPaymentPage:
    @pytest.mark.parametrize(("iban", "paid"), [(CLEARS, "paid"), (FAILS, "unpaid")])
    def test_is_paid_by_an_account_that_clears_or_fails(self, stripe_sandbox, iban, paid):
        client = make_client(stripe_sandbox)
        session = make_session(client, payment_method_types=["sepa_debit"])

        confirmed = confirm(client, session, make_debit(client, iban), expected_amount=1000)
        stripe_sandbox.settle_debit(session.id)

        settled = client.v1.checkout.sessions.retrieve(session.id)
        assert (confirmed["status"], confirmed["payment_status"]) == ("complete", "unpaid")
        assert settled.payment_status == paid
        assert settled.customer_details.email == "jenny@example.com"

    def test_tells_what_it_expects(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        page = client.raw_request("get", f"/v1/payment_pages/{session.id}").data

        assert page["line_item_group"] == {"total": 1000}

    def test_refuses_another_amount(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)
        card = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})

        with pytest.raises(stripe.InvalidRequestError, match="does not match"):
            confirm(client, session, card, expected_amount=1)
