"""The customer portal: a page for one customer, where cards and the address are changed."""

import re

import pytest
import stripe

from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import make_client
from tests.stripe_sandbox.saving import make_customer, save_card


def open_portal(sandbox, client, customer):
    session = client.v1.billing_portal.sessions.create(
        {"customer": customer, "return_url": "https://shop.example/account"}
    )
    return session.url.removeprefix(sandbox.base_url)


class TestPortal:
    def test_removes_a_card(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        method = save_card(stripe_sandbox, client)
        path = open_portal(stripe_sandbox, client, method.customer)

        answer = visit(stripe_sandbox, f"{path}/remove", form={"payment_method": method.id})

        assert answer.status == 303
        assert stripe_sandbox.events("payment_method.detached")
        assert "There is no saved card." in visit(stripe_sandbox, path).text

    def test_changes_the_address(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = make_customer(client)
        path = open_portal(stripe_sandbox, client, customer.id)

        visit(stripe_sandbox, f"{path}/address", form={"line1": "1 High Street", "country": "GB"})

        address = client.v1.customers.retrieve(customer.id).address
        assert (address.line1, address.country, address.city) == ("1 High Street", "GB", None)
        assert stripe_sandbox.events("customer.updated")

    def test_shows_no_card_of_others(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        other = save_card(stripe_sandbox, client)
        path = open_portal(stripe_sandbox, client, make_customer(client).id)

        answer = visit(stripe_sandbox, f"{path}/remove", form={"payment_method": other.id})

        assert answer.status == 404
        assert "There is no saved card." in visit(stripe_sandbox, path).text

    def test_is_not_found_without_its_secret(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        path = open_portal(stripe_sandbox, client, make_customer(client).id)

        assert visit(stripe_sandbox, re.sub(r"[^/]+$", "guess", path)).status == 404

    def test_leads_back_to_the_shop(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        path = open_portal(stripe_sandbox, client, make_customer(client).id)

        assert "https://shop.example/account" in visit(stripe_sandbox, path).text

    def test_wants_settings_first(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = make_customer(client)
        stripe_sandbox.switch(portal_missing=True)

        with pytest.raises(stripe.InvalidRequestError, match="No configuration provided"):
            open_portal(stripe_sandbox, client, customer.id)
