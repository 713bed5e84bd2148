"""Invoices of Stripe's against ours, and what was kept of a paid session."""

import pytest

from billing.models import Invoice
from billing.reconciliation import Kind
from tests.billing.reconciliation.running import find, forget_events, repair
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoicing(shop, settings):
    settings.BILLING_INVOICE_CREATION = True
    return shop


class TestInvoices:
    def test_are_alike(self, invoicing):
        invoicing.sell()

        assert find() == []

    def test_of_which_no_event_told_are_read(self, invoicing):
        purchase = invoicing.open()
        invoicing.pay(purchase)
        invoicing.deliver(invoicing.event("checkout.session.completed"))
        forget_events(invoicing)
        stripe_id = purchase.invoice.stripe_invoice_id
        assert find() == [(Kind.OUT_OF_STEP, stripe_id)]

        repair()

        purchase.invoice.refresh_from_db()
        assert (purchase.invoice.status, purchase.invoice.number[-4:]) == ("paid", "0001")
        assert repair() == []

    def test_that_nobody_named_here_are_found_by_their_purchase(self, invoicing):
        purchase = invoicing.sell()
        Invoice.objects.all().delete()

        repair()

        assert Invoice.objects.get().purchase == purchase

    def test_that_were_voided_are_noted(self, invoicing):
        purchase = invoicing.sell()
        make_client(invoicing.stripe).v1.invoices.void_invoice(purchase.invoice.stripe_invoice_id)
        forget_events(invoicing)

        repair()

        assert Invoice.objects.get().status == "void"

    def test_of_another_sum_are_for_a_person(self, invoicing):
        dear = invoicing.sell()
        cheap = invoicing.sell(plan=invoicing.plan(unit_amount=700))
        stripe_id, number = cheap.invoice.stripe_invoice_id, cheap.invoice.number
        cheap.invoice.delete()
        Invoice.objects.filter(purchase=dear).update(stripe_invoice_id=stripe_id, number=number)

        assert (Kind.AMOUNT_MISMATCH, stripe_id) in find()

    def test_that_stripe_has_not_are_for_a_person(self, invoicing):
        purchase = invoicing.sell()
        Invoice.objects.filter(purchase=purchase).update(stripe_invoice_id="in_gone", number="X")

        assert (Kind.UNKNOWN_OBJECT, "in_gone") in find()

    def test_are_asked_for_by_nobody_who_has_none(self, shop):
        shop.sell()

        assert find() == []
        assert not shop.stripe.calls("GET", "/v1/invoices")
