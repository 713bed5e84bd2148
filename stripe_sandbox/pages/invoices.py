"""An invoice for a person: as a page, and as a PDF of one page."""

from typing import Any

from stripe_sandbox.payments.money import shown
from stripe_sandbox.state.store import Object

PDF = """%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R
  /Resources << /Font << /F1 5 0 R >> >> >> endobj
4 0 obj << /Length {length} >> stream
{stream}
endstream endobj
5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj
trailer << /Root 1 0 R >>
%%EOF
"""


def context(invoice: Object) -> dict[str, Any]:
    """Give the template of an invoice's page what it wants."""
    return {
        "invoice": invoice,
        "lines": _lines(invoice),
        "pdf_url": invoice["invoice_pdf"],
        "tax_ids": [one["value"] for one in invoice["customer_tax_ids"] or []],
    }


def pdf(invoice: Object) -> bytes:
    """Write it as a PDF. Letters that its font lacks become question marks."""
    text = [f"Invoice {invoice['number']} (sandbox)", f"Status: {invoice['status']}", ""]
    text += [f"Billed to: {invoice['customer_name']}, {invoice['customer_email']}"]
    text += [f"Tax ID: {one['value']}" for one in invoice["customer_tax_ids"] or []]
    text += ["", *(f"{name}: {amount}" for name, amount in _lines(invoice))]
    rows = " ".join(f"({_escaped(row)}) Tj 0 -20 Td" for row in text)
    stream = f"BT /F1 12 Tf 60 780 Td {rows} ET"
    return PDF.format(length=len(stream), stream=stream).encode("latin-1", "replace")


def _lines(invoice: Object) -> list[tuple[str, str]]:
    currency = invoice["currency"]
    tax = sum(one["amount"] for one in invoice["total_taxes"])
    amounts = [
        *((line["description"], line["subtotal"]) for line in invoice["lines"]["data"]),
        ("Total excluding tax", invoice["total_excluding_tax"]),
        ("Tax", tax),
        ("Total", invoice["total"]),
        ("Amount paid", invoice["amount_paid"]),
    ]
    return [(name, shown(amount, currency)) for name, amount in amounts]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
