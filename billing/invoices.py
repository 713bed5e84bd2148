"""
Invoices: what Stripe wrote for a purchase, kept where its buyer and staff find it.

A session names its invoice, events bring its number and addresses, and a page that was asked for it
long afterwards asks Stripe again. An invoice is no fact about money: credits follow the payment.
"""

import logging
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from billing import stripe_gateway, wording
from billing.models import Customer, Invoice, Purchase
from billing.settlement.settling import Outcome
from billing.stripe_gateway.objects import InvoiceObject

log = logging.getLogger(__name__)

# An address that Stripe gives is good for ten days at least.
# https://docs.stripe.com/invoicing/hosted-invoice-page#invoice-urls
FRESH: Final = timedelta(days=10)


@transaction.atomic(savepoint=False)
def note(found: InvoiceObject) -> Outcome:
    """
    Note what Stripe says of an invoice of ours, in any order and any number of times.

    :returns: processed, with the purchase; ignored where no purchase of this site claims it
    """
    purchase = _lock_purchase_of(found)
    if purchase is None:
        return Outcome.ignored(wording.code("not_our_invoice"))
    invoice, _is_new = Invoice.objects.get_or_create(
        purchase=purchase, defaults={"stripe_invoice_id": found.id}
    )
    if invoice.stripe_invoice_id == found.id:
        _move_forward(invoice, found)
        return Outcome.processed(purchase=purchase)
    known = invoice.stripe_invoice_id
    return Outcome.ignored(wording.code("other_invoice", invoice=known))


def name(purchase: Purchase, stripe_invoice_id: str) -> None:
    """Note which invoice a session names; its purchase is locked by the caller."""
    Invoice.objects.get_or_create(
        purchase=purchase, defaults={"stripe_invoice_id": stripe_invoice_id}
    )


def current(purchase: Purchase) -> Invoice | None:
    """
    Give a purchase's invoice with addresses that are good now.

    Asks Stripe where they are old or were never told. Where Stripe does not answer, what is known.
    """
    invoice = Invoice.objects.filter(purchase=purchase).first()
    if invoice is None or _is_fresh(invoice):
        return invoice
    try:
        found = stripe_gateway.retrieve_invoice(invoice.stripe_invoice_id)
    except stripe_gateway.GatewayError as error:
        fields = {"invoice": invoice.stripe_invoice_id, "error": str(error)}
        log.warning("invoice_not_read", extra=fields)
        return invoice
    note(found)
    invoice.refresh_from_db()
    return invoice


def _is_fresh(invoice: Invoice) -> bool:
    return invoice.addressed_at is not None and timezone.now() - invoice.addressed_at < FRESH


def _lock_purchase_of(found: InvoiceObject) -> Purchase | None:
    """
    By the invoice that a session named; or by our number in it, if its customer is the buyer.

    A number alone would let whoever may write metadata show an invoice to somebody else.
    """
    purchases = Purchase.objects.select_for_update(of=("self",)).select_related("account")
    purchase = purchases.filter(invoice__stripe_invoice_id=found.id).first()
    if purchase or found.purchase_key is None:
        return purchase
    purchase = purchases.filter(uuid=found.purchase_key, livemode=found.livemode).first()
    if purchase is None or purchase.account.user_id is None:
        return None
    is_theirs = Customer.objects.filter(
        user_id=purchase.account.user_id, stripe_customer_id=found.customer_id or ""
    ).exists()
    return purchase if is_theirs else None


def _move_forward(invoice: Invoice, found: InvoiceObject) -> None:
    """Take what is as far as what is known, or further."""
    order = Invoice.ORDER
    if found.status not in order or order.index(found.status) < order.index(invoice.status):
        return
    invoice.status = found.status
    invoice.number = found.number
    if invoice.purchase.account.user_id is not None:  # of an erased person no address is kept
        invoice.hosted_invoice_url = found.hosted_invoice_url
        invoice.invoice_pdf = found.invoice_pdf
        invoice.addressed_at = timezone.now()
    invoice.save()
