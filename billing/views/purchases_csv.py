"""
A person's purchases as a file: what was promised, and net, tax and gross of what was paid.

`status` is of the session at Stripe alone; `state` is what the pages say, `state_in_words` how.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from billing import money
from billing.models import Purchase
from billing.models.display_states import DisplayState, with_display_state
from billing.views.pages import person, private_page
from credits import spreadsheets

BATCH: Final = 500
# As in the file of the history: for programs, in UTC, money in the currency's major unit.
HEADINGS: Final[list[str | int]] = [
    "number",
    "time",
    "plan",
    "credits",
    "status",
    "currency",
    "price",
    "discount",
    "net",
    "tax",
    "paid",
    "refunded",
    "invoice",
    "short_number",
    "state",
    "state_in_words",
]


@private_page
def purchases_csv(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        spreadsheets.written(_lines(person(request).pk)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="purchases.csv"'},
    )


def _lines(user_id: object) -> Iterator[list[str | int]]:
    yield HEADINGS
    mine = with_display_state(Purchase.objects.of(user_id), at=timezone.now())
    mine = mine.order_by("-created_at", "-id")
    rows = mine.select_related("plan", "payment", "invoice").prefetch_related("payment__refunds")
    for row in rows.iterator(chunk_size=BATCH):
        yield _line(row)


def _line(row: Any) -> list[str | int]:
    """Write a purchase that has its `display_state`."""
    state = DisplayState(row.display_state)
    refunds = row.payment.refunds.all() if row.payment else ()
    refunded = sum(refund.unit_amount for refund in refunds if not refund.has_failed)
    invoice = getattr(row, "invoice", None)
    amounts = (
        row.amount_subtotal,
        row.amount_discount,
        row.amount_net,
        row.amount_tax,
        row.amount_total,
        refunded if row.payment else None,
    )
    return [
        str(row.uuid),
        row.created_at.isoformat(timespec="seconds"),
        row.plan.name,
        row.credits,
        row.status,
        row.currency.upper(),
        *("" if one is None else f"{money.to_decimal(one, row.currency):f}" for one in amounts),
        str(invoice.number) if invoice else "",
        row.short_number,
        state.value,
        str(state.label),
    ]
