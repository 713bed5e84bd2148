"""Invoices of Stripe's against ours: each is known, called what it is, and of what was paid."""

from collections.abc import Iterable, Iterator
from functools import partial

from django.db.models import Q

from billing import conf, stripe_gateway
from billing import invoices as verbs
from billing.models import Invoice, Purchase
from billing.reconciliation.findings import Difference, Finding, Kind
from billing.reconciliation.run import Run, in_chunks
from billing.stripe_gateway.objects import InvoiceObject


def at_stripe(run: Run) -> Iterator[Difference]:
    """Hold every invoice that names a purchase, or that we know, against our row."""
    is_any = Invoice.objects.filter(purchase__livemode=run.livemode).exists()
    if not is_any and not conf.invoice_creation():
        return  # nobody asked Stripe for any
    for page in stripe_gateway.list_invoices(since=run.since):
        run.compared["invoices"] += len(page)
        for found, purchase, invoice in _beside(page):
            if invoice:
                run.seen["invoices"].add(invoice.pk)
            yield from _differences(found, purchase, invoice)


def local(run: Run) -> Iterator[Difference]:
    """Ask about invoices that no page named, and about those of which only the id is known."""
    recent = Q(purchase__created_at__gte=run.since) | Q(number="")
    for invoice in in_chunks(Invoice.objects.filter(recent, purchase__livemode=run.livemode)):
        if invoice.pk not in run.seen["invoices"]:
            yield from _look_up(invoice.stripe_invoice_id)


def _look_up(invoice_id: str) -> Iterator[Difference]:
    try:
        found = stripe_gateway.retrieve_invoice(invoice_id)
    except stripe_gateway.GatewayMissing:
        yield Difference.missing(invoice_id, "invoice", again=partial(_look_up, invoice_id))
    else:
        for pair in _beside([found]):
            yield from _differences(*pair)


def _beside(
    page: Iterable[InvoiceObject],
) -> Iterator[tuple[InvoiceObject, Purchase | None, Invoice | None]]:
    """Find what is known here of each invoice of a page, in one query."""
    found = list(page)
    rows = Purchase.objects.filter(
        Q(invoice__stripe_invoice_id__in=[one.id for one in found])
        | Q(uuid__in=[one.purchase_key for one in found if one.purchase_key])
    ).select_related("invoice")
    purchases = {row.uuid: row for row in rows}
    invoices = {
        row.invoice.stripe_invoice_id: row.invoice for row in rows if hasattr(row, "invoice")
    }
    for one in found:
        invoice = invoices.get(one.id)
        purchase = invoice.purchase if invoice else None
        if purchase is None and one.purchase_key:
            purchase = purchases.get(one.purchase_key)
        yield one, purchase, invoice


def _differences(
    found: InvoiceObject, purchase: Purchase | None, invoice: Invoice | None
) -> Iterator[Difference]:
    if purchase is None:
        return  # of another shop on the same account
    if invoice is None or (invoice.status, invoice.number) != (found.status, found.number):
        known = "unknown" if invoice is None else f"{invoice} and {invoice.status or 'not told'}"
        detail = f"{found.number} is {found.status} at Stripe, and {known} here"
        yield _differ(found, Kind.OUT_OF_STEP, detail, is_repairable=True)
    total = purchase.amount_total
    if total is not None and (found.total, found.currency) != (total, purchase.currency):
        detail = (
            f"{found.number} is of {found.total} {found.currency},"
            f" and {total} {purchase.currency} was paid for purchase {purchase.uuid}"
        )
        yield _differ(found, Kind.AMOUNT_MISMATCH, detail)


def _differ(
    found: InvoiceObject, kind: Kind, detail: str, *, is_repairable: bool = False
) -> Difference:
    return Difference(
        finding=Finding(kind=kind, id=found.id, detail=detail),
        about=frozenset({found.id}),
        again=partial(_look_up, found.id),
        repair=partial(_note, found) if is_repairable else None,
    )


def _note(found: InvoiceObject) -> str:
    return verbs.note(found).reason
