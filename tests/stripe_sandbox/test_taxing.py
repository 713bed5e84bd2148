"""Automatic tax, tax ids and addresses: on top of a price, inside it, and where none is due."""

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import make_client, make_price, make_session, set_up_tax

AUTO = {"address": "auto", "name": "auto"}


@pytest.fixture
def client(stripe_sandbox):
    client = make_client(stripe_sandbox)
    set_up_tax(client, "DE", "FR")
    return client


def priced(client, behavior, *, currency="eur"):
    return make_price(client, currency=currency, tax_behavior=behavior)


def taxed(client, behavior="exclusive", **params):
    price = priced(client, behavior)
    return make_session(client, price=price, automatic_tax={"enabled": True}, **params)


def read(client, session):
    expand = ["line_items.data.taxes", "total_details.breakdown", "payment_intent"]
    return client.v1.checkout.sessions.retrieve(session.id, {"expand": expand})


class TestAutomaticTax:
    @pytest.mark.parametrize(
        ("behavior", "tax", "total"), [("exclusive", 190, 1190), ("inclusive", 160, 1000)]
    )
    def test_is_added_to_a_price_or_stands_inside_it(
        self, stripe_sandbox, client, behavior, tax, total
    ):
        session = taxed(client, behavior)
        assert session.automatic_tax.status == "requires_location_inputs"

        stripe_sandbox.pay(session.id, country="DE")

        paid = read(client, session)
        assert (paid.amount_subtotal, paid.amount_total) == (1000, total)
        assert paid.total_details.amount_tax == tax
        assert paid.automatic_tax.status == "complete"
        assert paid.payment_intent.amount_received == total
        item = paid.line_items.data[0]
        assert (item.amount_tax, item.amount_total) == (tax, total)
        assert item.taxes[0].rate.percentage == 19
        assert item.taxes[0].taxable_amount == (1000 if behavior == "exclusive" else 840)
        assert paid.total_details.breakdown.taxes[0].amount == tax

    @pytest.mark.parametrize(
        ("behavior", "tax", "total"), [("exclusive", 143, 893), ("inclusive", 120, 750)]
    )
    def test_is_of_what_a_discount_leaves(self, stripe_sandbox, client, behavior, tax, total):
        coupon = client.v1.coupons.create({"percent_off": 25})
        session = taxed(client, behavior, discounts=[{"coupon": coupon.id}])

        stripe_sandbox.pay(session.id, country="DE")

        paid = read(client, session)
        assert (paid.total_details.amount_discount, paid.total_details.amount_tax) == (250, tax)
        assert (paid.amount_subtotal, paid.amount_total) == (1000, total)

    @pytest.mark.parametrize(
        ("currency", "total"), [("usd", 1190), ("cad", 1190), ("eur", 1000), ("jpy", 1000)]
    )
    def test_follows_the_account_where_a_price_does_not_say(
        self, stripe_sandbox, client, currency, total
    ):
        price = priced(client, "unspecified", currency=currency)
        session = make_session(client, price=price, automatic_tax={"enabled": True})

        stripe_sandbox.pay(session.id, country="DE")

        assert read(client, session).amount_total == total

    def test_is_nothing_where_the_account_is_not_registered(self, stripe_sandbox, client):
        session = taxed(client)

        stripe_sandbox.pay(session.id, country="IT")

        paid = read(client, session)
        assert (paid.amount_total, paid.total_details.amount_tax) == (1000, 0)
        assert paid.line_items.data[0].taxes[0].taxability_reason == "not_collecting"

    def test_takes_the_country_of_the_payment_method_where_nobody_was_asked(
        self, stripe_sandbox, client
    ):
        session = taxed(client)

        stripe_sandbox.pay(session.id)

        paid = read(client, session)
        assert (paid.amount_total, paid.customer_details.address.country) == (1000, "US")

    def test_wants_a_head_office(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError, match="valid head office address"):
            taxed(client)

    def test_wants_to_save_the_address_of_a_customer_without_one(self, client):
        customer = client.v1.customers.create({"email": "ada@example.com"})

        with pytest.raises(stripe.InvalidRequestError, match="valid address") as refusal:
            taxed(client, customer=customer.id)

        assert refusal.value.code == "customer_tax_location_invalid"

    def test_knows_the_address_that_a_customer_has(self, client):
        customer = client.v1.customers.create({"address": {"country": "FR"}})

        session = taxed(client, customer=customer.id)

        assert session.amount_total == 1200

    def test_saves_the_address_on_the_customer(self, stripe_sandbox, client):
        customer = client.v1.customers.create({"email": "ada@example.com"})
        session = taxed(client, customer=customer.id, customer_update={"address": "auto"})

        stripe_sandbox.pay(session.id, country="fr")

        customer = client.v1.customers.retrieve(customer.id)
        assert (customer.address.country, customer.name) == ("FR", None)
        assert stripe_sandbox.events("customer.updated")

    def test_updates_no_customer_that_is_not_named(self, client):
        with pytest.raises(stripe.InvalidRequestError, match="only be used with `customer`"):
            taxed(client, customer_update={"address": "auto"})

    def test_is_shown_on_the_page_before_anything_is_paid(self, stripe_sandbox, client):
        session = taxed(client)
        path = f"/c/pay/{session.id}"
        assert "Tax" not in visit(stripe_sandbox, path).text

        answer = visit(stripe_sandbox, f"{path}/address", form={"country": "DE"})

        assert (answer.status, answer.headers["Location"]) == (303, path)
        page = visit(stripe_sandbox, path).text
        assert "€1.90" in page
        assert "Pay €11.90" in page

    def test_says_on_the_page_what_is_no_country(self, stripe_sandbox, client):
        session = taxed(client, "inclusive")

        answer = visit(stripe_sandbox, f"/c/pay/{session.id}/address", form={"country": "1"})

        assert answer.status == 400
        assert "Invalid country: 1" in answer.text

    def test_takes_no_country_that_is_none(self, stripe_sandbox, client):
        session = taxed(client)

        with pytest.raises(Refused, match="Invalid country: GERMANY"):
            stripe_sandbox.do("enter_address", session=session.id, country="Germany")

    def test_takes_no_address_when_the_session_is_over(self, stripe_sandbox, client):
        session = taxed(client)
        stripe_sandbox.expire(session.id)

        with pytest.raises(Refused, match="is over"):
            stripe_sandbox.do("enter_address", session=session.id, country="DE")


class TestTaxIdCollection:
    def collecting(self, client, **params):
        return taxed(client, tax_id_collection={"enabled": True}, **params)

    def test_lets_a_business_elsewhere_in_the_union_account_for_the_tax(
        self, stripe_sandbox, client
    ):
        customer = client.v1.customers.create({"email": "ada@example.com"})
        session = self.collecting(client, customer=customer.id, customer_update=AUTO)

        stripe_sandbox.pay(session.id, country="FR", name="Ada SARL", tax_id="FRAB123456789")

        paid = read(client, session)
        assert paid.amount_total == 1000
        assert paid.line_items.data[0].taxes[0].taxability_reason == "reverse_charge"
        assert paid.customer_details.business_name == "Ada SARL"
        assert paid.customer_details.tax_ids[0].value == "FRAB123456789"
        customer = client.v1.customers.retrieve(customer.id, {"expand": ["tax_ids"]})
        assert customer.name == "Ada SARL"
        assert [one.type for one in customer.tax_ids.data] == ["eu_vat"]

    def test_keeps_a_tax_id_once(self, stripe_sandbox, client):
        customer = client.v1.customers.create({"email": "ada@example.com"})
        for _ in range(2):
            session = self.collecting(client, customer=customer.id, customer_update=AUTO)
            stripe_sandbox.pay(session.id, country="FR", name="Ada", tax_id="FRAB123456789")

        assert len(client.v1.customers.tax_ids.list(customer.id).data) == 1

    @pytest.mark.parametrize(
        ("update", "message"),
        [
            ({"address": "auto"}, "requires updating business name"),
            ({"name": "auto", "address": "never"}, "valid address on the"),
        ],
    )
    def test_wants_to_save_what_it_collects(self, client, update, message):
        customer = client.v1.customers.create({"email": "ada@example.com"})

        with pytest.raises(stripe.InvalidRequestError, match=message):
            self.collecting(client, customer=customer.id, customer_update=update)

    def test_wants_an_address_without_automatic_tax_too(self, client):
        customer = client.v1.customers.create({"email": "ada@example.com"})

        with pytest.raises(stripe.InvalidRequestError, match="To enable tax ID collection, please"):
            make_session(
                client,
                customer=customer.id,
                customer_update={"name": "auto"},
                tax_id_collection={"enabled": True},
            )

    @pytest.mark.parametrize(
        ("params", "tax_id", "message"),
        [
            ({}, "DE123456789", "collects no tax ids"),
            ({"tax_id_collection": {"enabled": True}}, "no number", "Invalid value"),
        ],
    )
    def test_takes_a_number_only_where_it_is_asked_for(
        self, stripe_sandbox, client, params, tax_id, message
    ):
        session = taxed(client, **params)

        with pytest.raises(Refused, match=message):
            stripe_sandbox.pay(session.id, country="DE", tax_id=tax_id)


class TestSettings:
    def test_are_pending_until_there_is_a_head_office(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        before = client.v1.tax.settings.retrieve()

        after = client.v1.tax.settings.update({"head_office": {"address": {"country": "DE"}}})

        assert (before.status, before.head_office) == ("pending", None)
        assert (after.status, after.head_office.address.country) == ("active", "DE")

    def test_change_what_a_silent_price_means(self, stripe_sandbox, client):
        client.v1.tax.settings.update({"defaults": {"tax_behavior": "exclusive"}})
        session = taxed(client, "unspecified")

        stripe_sandbox.pay(session.id, country="DE")

        assert read(client, session).amount_total == 1190

    def test_list_where_the_account_is_registered(self, client):
        listed = client.v1.tax.registrations.list({"status": "active"})

        assert [one.country for one in listed.data] == ["FR", "DE"]
        assert client.v1.tax.registrations.retrieve(listed.data[0].id).status == "active"
        assert client.v1.tax.registrations.list({"status": "expired"}).data == []
        with pytest.raises(stripe.InvalidRequestError, match="active registration in DE"):
            set_up_tax(client, "DE")
