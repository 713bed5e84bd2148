"""Managed Payments: what a session must not say then, and what Stripe sees to."""

import pytest
import stripe

from tests.stripe_sandbox.buying import make_client, make_price, make_session

ON = {"enabled": True}


class TestManagedPayments:
    def test_sees_to_the_tax_of_a_product_with_a_code(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client, tax_code="txcd_10103001", tax_behavior="exclusive")
        session = make_session(client, price=price, managed_payments=ON)

        stripe_sandbox.pay(session.id, country="FR")

        paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
        assert (paid.amount_total, paid.total_details.amount_tax) == (1200, 200)
        assert paid.payment_intent.managed_payments.enabled

    def test_wants_a_tax_code(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError, match="tax code is required"):
            make_session(client, managed_payments=ON)

    @pytest.mark.parametrize(
        "params",
        [
            {"automatic_tax": ON},
            {"invoice_creation": ON},
            {"payment_method_types": ["card"]},
            {"tax_id_collection": ON},
            {"customer_update": {"address": "auto"}},
        ],
    )
    def test_refuses_what_it_sees_to_itself(self, stripe_sandbox, params):
        client = make_client(stripe_sandbox)
        price = make_price(client, tax_code="txcd_10103001")
        customer = client.v1.customers.create({"email": "ada@example.com"})

        with pytest.raises(stripe.InvalidRequestError, match="with Managed Payments") as refusal:
            make_session(client, price=price, customer=customer.id, managed_payments=ON, **params)

        assert refusal.value.param.startswith(next(iter(params)))

    def test_may_be_on_by_default_and_is_off_where_a_session_says_so(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        stripe_sandbox.switch(managed_payments_by_default=True)
        wanted = {"payment_method_types": ["card"]}

        with pytest.raises(stripe.InvalidRequestError, match="enabled by default on your account"):
            make_session(client, **wanted)

        assert make_session(client, managed_payments={"enabled": False}, **wanted)
