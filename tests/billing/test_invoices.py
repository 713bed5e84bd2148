"""Invoices: found by the session or by their own word, kept, read again, never another's."""

from datetime import timedelta

import pytest

from billing import invoices
from billing.models import Invoice, StripeEvent
from billing.privacy import erasure
from tests.people import make_user
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoicing(shop, settings):
    settings.BILLING_INVOICE_CREATION = True
    return shop


def forget_addresses(invoice, *, days):
    Invoice.objects.filter(pk=invoice.pk).update(
        addressed_at=invoice.addressed_at - timedelta(days=days), hosted_invoice_url="https://old"
    )


class TestNote:
    def test_keeps_number_and_addresses(self, invoicing):
        purchase = invoicing.sell()

        invoice = purchase.invoice
        stripes = invoicing.event("invoice.paid")["data"]["object"]
        assert (invoice.stripe_invoice_id, invoice.status) == (stripes["id"], "paid")
        assert invoice.number == stripes["number"]
        assert invoice.hosted_invoice_url == stripes["hosted_invoice_url"]
        assert invoice.invoice_pdf == stripes["invoice_pdf"]
        assert invoice.is_to_be_shown
        assert str(invoice) == stripes["number"]

    @pytest.mark.parametrize("order", [1, -1])
    def test_takes_events_in_any_order_and_twice(self, invoicing, order):
        purchase = invoicing.open()
        invoicing.pay(purchase)

        invoicing.deliver(*invoicing.undelivered()[::order])
        invoicing.deliver(*invoicing.stripe.events("invoice.finalized"))

        purchase.refresh_from_db()
        assert (purchase.invoice.status, purchase.status) == ("paid", "paid")

    def test_moves_forward_only(self, invoicing):
        purchase = invoicing.sell()
        void(invoicing, purchase)
        invoicing.deliver()

        invoicing.deliver(*invoicing.stripe.events("invoice.paid"))

        purchase.invoice.refresh_from_db()
        assert purchase.invoice.status == "void"
        assert not purchase.invoice.is_to_be_shown

    def test_ignores_what_is_not_of_this_site(self, invoicing):
        invoicing.sell()
        event = invoicing.event("invoice.paid")
        event["data"]["object"] |= {"id": "in_other", "metadata": {}}

        invoicing.deliver({**event, "id": "evt_other"})

        assert Invoice.objects.count() == 1
        row = StripeEvent.objects.get(stripe_event_id="evt_other")
        assert (row.state, row.why) == ("ignored", "Not an invoice of ours.")

    def test_believes_no_number_from_another_customer(self, invoicing):
        victim = invoicing.open(user=make_user())
        invoicing.sell(user=make_user())
        event = invoicing.event("invoice.paid")
        event["data"]["object"] |= {"id": "in_2", "metadata": {"purchase_id": str(victim.uuid)}}

        invoicing.deliver({**event, "id": "evt_other"})

        assert not Invoice.objects.filter(purchase=victim).exists()

    def test_keeps_the_first_of_two(self, invoicing):
        purchase = invoicing.sell()
        event = invoicing.event("invoice.paid")
        event["data"]["object"]["id"] = "in_2"

        invoicing.deliver({**event, "id": "evt_other"})

        row = StripeEvent.objects.get(stripe_event_id="evt_other")
        known = purchase.invoice.stripe_invoice_id
        assert row.why == f"The purchase has another invoice, {known}."
        assert Invoice.objects.get().stripe_invoice_id != "in_2"

    def test_takes_no_address_that_is_none(self, invoicing):
        purchase = invoicing.open()
        invoicing.pay(purchase)
        event = invoicing.event("invoice.paid")
        event["data"]["object"]["hosted_invoice_url"] = "javascript:alert(1)"

        invoicing.deliver(event)

        assert purchase.invoice.hosted_invoice_url == ""


def current(purchase):
    """The invoice, of a purchase that has one."""
    found = invoices.current(purchase)
    assert found
    return found


class TestCurrent:
    def test_asks_nobody_while_the_addresses_are_good(self, invoicing):
        purchase = invoicing.sell()
        forget_addresses(purchase.invoice, days=9)

        assert current(purchase).hosted_invoice_url == "https://old"

    def test_asks_stripe_for_new_ones_after_ten_days(self, invoicing):
        purchase = invoicing.sell()
        forget_addresses(purchase.invoice, days=10)

        found = current(purchase)

        assert found.hosted_invoice_url == purchase.invoice.hosted_invoice_url

    def test_asks_where_no_event_has_told_of_it(self, invoicing):
        purchase = invoicing.open()
        invoicing.pay(purchase)
        invoicing.deliver(invoicing.event("checkout.session.completed"))
        assert purchase.invoice.number == ""

        assert current(purchase).number.endswith("-0001")

    def test_gives_what_is_known_while_stripe_is_silent(self, invoicing):
        purchase = invoicing.sell()
        forget_addresses(purchase.invoice, days=40)
        invoicing.stripe.switch(api_down=True)

        assert current(purchase).hosted_invoice_url == "https://old"

    def test_is_nothing_where_none_was_written(self, shop):
        assert invoices.current(shop.sell()) is None


class TestErasure:
    def test_leaves_the_number_and_no_address(self, invoicing):
        user = make_user()
        purchase = invoicing.sell(user=user)

        erasure.erase(user=user)
        invoicing.deliver(invoicing.event("invoice.paid"))

        invoice = Invoice.objects.get(purchase=purchase)
        assert invoice.number
        assert (invoice.hosted_invoice_url, invoice.invoice_pdf) == ("", "")


def void(shop, purchase):
    make_client(shop.stripe).v1.invoices.void_invoice(purchase.invoice.stripe_invoice_id)
