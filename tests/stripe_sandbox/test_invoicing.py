"""The paid invoice of a session that wants one."""

import pytest
import stripe

from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import (
    make_client,
    make_payment,
    make_price,
    make_session,
    set_up_tax,
    types,
)

WANTED = {"enabled": True, "invoice_data": {"metadata": {"purchase_id": "7"}}}


class TestInvoice:
    def test_comes_paid_with_its_number_and_its_pages(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = client.v1.customers.create({"email": "ada@example.com"})

        session = make_payment(
            stripe_sandbox, client, customer=customer.id, invoice_creation=WANTED
        )

        invoice = client.v1.invoices.retrieve(session.invoice, {"expand": ["payments"]})
        assert invoice.number == f"{customer.invoice_prefix}-0001"
        assert (invoice.status, invoice.total, invoice.amount_paid) == ("paid", 1000, 1000)
        assert invoice.metadata.purchase_id == "7"
        assert invoice.payments.data[0].payment.payment_intent == session.payment_intent
        page = invoice.hosted_invoice_url.removeprefix(stripe_sandbox.base_url)
        assert invoice.number in visit(stripe_sandbox, page).text
        assert visit(stripe_sandbox, f"{page}/pdf").text.startswith("%PDF-")
        assert visit(stripe_sandbox, f"{page}guessed").status == 404

    def test_is_announced(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        make_payment(stripe_sandbox, client, invoice_creation=WANTED)

        told = [name for name in types(stripe_sandbox.events()) if name.startswith("invoice.")]
        assert told == [
            "invoice.created",
            "invoice.finalized",
            "invoice.paid",
            "invoice.payment_succeeded",
        ]

    def test_has_the_next_number_of_its_customer(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        customer = client.v1.customers.create({"email": "ada@example.com"})

        numbers = []
        for _ in range(2):
            session = make_payment(
                stripe_sandbox, client, customer=customer.id, invoice_creation=WANTED
            )
            numbers.append(client.v1.invoices.retrieve(session.invoice).number[-4:])

        assert numbers == ["0001", "0002"]
        assert len(client.v1.invoices.list({"customer": customer.id}).data) == 2

    @pytest.mark.parametrize(
        ("behavior", "net", "tax", "gross"),
        [("exclusive", 1000, 190, 1190), ("inclusive", 840, 160, 1000)],
    )
    def test_says_net_tax_and_gross(self, stripe_sandbox, behavior, net, tax, gross):
        client = make_client(stripe_sandbox)
        set_up_tax(client, "DE")
        price = make_price(client, currency="eur", tax_behavior=behavior)
        session = make_session(
            client, price=price, automatic_tax={"enabled": True}, invoice_creation=WANTED
        )

        stripe_sandbox.pay(session.id, country="DE")

        session = client.v1.checkout.sessions.retrieve(session.id)
        invoice = client.v1.invoices.retrieve(session.invoice)
        assert (invoice.total_excluding_tax, invoice.total) == (net, gross)
        assert [one.amount for one in invoice.total_taxes] == [tax]
        assert invoice.total_taxes[0].tax_behavior == behavior

    def test_of_a_bank_debit_comes_when_that_has_cleared(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(
            stripe_sandbox, client, outcome="debit_clears", invoice_creation=WANTED
        )
        assert session.invoice is None

        stripe_sandbox.settle_debit(session.payment_intent, clears=True)

        assert client.v1.checkout.sessions.retrieve(session.id).invoice

    def test_is_not_written_unless_a_session_wants_it(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        session = make_payment(stripe_sandbox, client)

        assert (session.invoice, client.v1.invoices.list().data) == (None, [])

    def test_may_be_voided_once(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client, invoice_creation=WANTED)

        assert client.v1.invoices.void_invoice(session.invoice).status == "void"

        assert stripe_sandbox.events("invoice.voided")
        with pytest.raises(stripe.InvalidRequestError, match="already voided"):
            client.v1.invoices.void_invoice(session.invoice)
