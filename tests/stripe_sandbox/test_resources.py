"""What each resource does beyond what all have in common."""

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.buying import make_client, make_payment, make_price, make_session, types


class TestProduct:
    def test_may_have_an_id_of_ones_own_once(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        client.v1.products.create({"id": "plan-1", "name": "Starter"})

        with pytest.raises(stripe.InvalidRequestError, match="already exists"):
            client.v1.products.create({"id": "plan-1", "name": "Starter"})

    def test_update_tells_what_was_there_before(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        product = client.v1.products.create({"name": "Starter", "metadata": {"a": "1"}})

        client.v1.products.update(product.id, {"name": "Basic", "active": False})

        event = stripe_sandbox.events("product.updated")[0]
        assert event["data"]["previous_attributes"] == {"name": "Starter", "active": True}

    def test_without_change_sends_no_event(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        product = client.v1.products.create({"name": "Starter"})

        client.v1.products.update(product.id, {"name": "Starter"})

        assert stripe_sandbox.events("product.updated") == []

    def test_with_prices_cannot_be_deleted(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client)
        unpriced = client.v1.products.create({"name": "Other"})

        with pytest.raises(stripe.InvalidRequestError, match="user-created prices"):
            client.v1.products.delete(price.product)

        assert client.v1.products.delete(unpriced.id).deleted


class TestPrice:
    def test_brings_its_product_along(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        price = client.v1.prices.create(
            {"currency": "EUR", "unit_amount": 500, "product_data": {"name": "Starter"}}
        )

        assert price.currency == "eur"
        assert client.v1.products.retrieve(price.product).name == "Starter"

    def test_has_an_amount_for_ever(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client)

        with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: unit_amount"):
            client.v1.prices.update(price.id, {"unit_amount": 1})

    def test_is_archived(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client)

        archived = client.v1.prices.update(price.id, {"active": False})

        assert not archived.active
        assert types(stripe_sandbox.events())[-1] == "price.updated"

    def test_is_found_by_its_lookup_key(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client)
        client.v1.prices.update(price.id, {"lookup_key": "starter-usd"})

        found = client.v1.prices.list({"lookup_keys": ["starter-usd"]}).data

        assert [one.id for one in found] == [price.id]

    @pytest.mark.parametrize(
        "params",
        [
            {"currency": "usd", "unit_amount": 1},
            {"currency": "usd", "unit_amount": 1, "product": "prod_none"},
            {"currency": "dollars", "unit_amount": 1, "product": "prod_none"},
            {"currency": "usd", "unit_amount": -1, "product": "prod_none"},
            {"currency": "usd", "product_data": {"name": "x"}},
        ],
    )
    def test_needs_a_product_a_currency_and_an_amount(self, stripe_sandbox, params):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError):
            client.v1.prices.create(params)

        assert stripe_sandbox.events() == []


class TestCustomer:
    def test_merges_metadata_and_unsets_with_empty_text(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = client.v1.customers.create(
            {"email": "a@example.com", "name": "A", "metadata": {"a": "1", "b": "2"}}
        )

        changed = client.v1.customers.update(
            customer.id, {"name": "", "metadata": {"a": "", "c": "3"}}
        )

        assert changed.name is None
        assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
        assert client.v1.customers.list({"email": "a@example.com"}).data[0].id == customer.id

    def test_that_was_deleted_leaves_a_stub(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = client.v1.customers.create({"name": "A"})

        client.v1.customers.delete(customer.id)

        assert client.v1.customers.retrieve(customer.id).deleted
        assert client.v1.customers.list().data == []

    def test_is_carried_from_session_to_charge(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = client.v1.customers.create({"email": "a@example.com"})

        session = make_payment(stripe_sandbox, client, customer=customer.id)

        charge = client.v1.charges.list({"customer": customer.id}).data[0]
        assert (session.customer, charge.payment_intent) == (customer.id, session.payment_intent)
        assert session.customer_details.email == "a@example.com"


class TestPaymentIntent:
    def test_is_taken_without_a_session(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        intent = client.v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
        )

        assert (intent.status, intent.amount_received) == ("succeeded", 500)

    def test_that_is_declined_answers_402_and_stays(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        params = {
            "amount": 500,
            "currency": "usd",
            "confirm": True,
            "payment_method": "pm_card_chargeDeclinedInsufficientFunds",
        }

        with pytest.raises(stripe.CardError) as refusal:
            client.v1.payment_intents.create(params)

        failed = client.v1.payment_intents.list().data[0]
        assert "insufficient funds" in str(refusal.value)
        assert (failed.status, failed.last_payment_error.code) == (
            "requires_payment_method",
            "card_declined",
        )

    def test_can_be_confirmed_later_and_once(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
        params = {"payment_method": "pm_card_visa"}

        confirmed = client.v1.payment_intents.confirm(intent.id, params)

        assert confirmed.status == "succeeded"
        with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
            client.v1.payment_intents.confirm(intent.id, params)

    def test_can_be_cancelled_until_it_is_paid(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})

        cancelled = client.v1.payment_intents.cancel(intent.id)

        assert cancelled.status == "canceled"
        with pytest.raises(stripe.InvalidRequestError, match="cannot cancel"):
            client.v1.payment_intents.cancel(intent.id)

    @pytest.mark.parametrize("amount", [49, 100_000_000])
    def test_is_within_stripes_limits(self, stripe_sandbox, amount):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError, match="Amount must be"):
            client.v1.payment_intents.create({"amount": amount, "currency": "usd"})

    def test_of_an_expired_session_is_cancelled(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)
        with pytest.raises(Refused):
            stripe_sandbox.pay(session.id, "decline")

        client.v1.checkout.sessions.expire(session.id)

        assert client.v1.payment_intents.list().data[0].status == "canceled"


class TestSession:
    def test_takes_what_is_priced_on_the_spot(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        data = {"currency": "eur", "unit_amount": 700, "product_data": {"name": "Starter"}}

        session = make_session(client, line_items=[{"price_data": data, "quantity": 2}])

        assert (session.amount_total, session.currency) == (1400, "eur")
        assert session.payment_method_types == ["card", "sepa_debit"]
        assert client.v1.checkout.sessions.line_items.list(session.id).data[0].quantity == 2

    def test_of_two_currencies_is_refused(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        prices = [make_price(client), make_price(client, currency="eur")]

        with pytest.raises(stripe.InvalidRequestError, match="multiple currencies"):
            make_session(client, line_items=[{"price": p.id, "quantity": 1} for p in prices])

    def test_keeps_metadata_that_is_added_later(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_session(client)

        changed = client.v1.checkout.sessions.update(session.id, {"metadata": {"a": "1"}})

        assert changed.metadata.to_dict() == {"a": "1"}
