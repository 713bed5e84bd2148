"""An account's operations as its holder reads them: narrowed down, in pages, as a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from billing.views import paging, vocabulary
from billing.views.vocabulary import Kind, Term
from credits.models import Account, CreditTransaction, Movement, Operation

Line = list[str | int]

# A grant whose metadata names its voucher.
VOUCHER_REDEEMED = _("Voucher redeemed")

HEADINGS: Line = ["number", "time", "kind", "credits", "balance", "operation", "description"]

# Of these a reader wants to know whose credits they were: what was bought.
_OF_LOTS = (Kind.GRANT, Kind.CLAW_BACK, Kind.RESTORE, Kind.EXPIRY)


@dataclass(frozen=True)
class Narrowing:
    """Which of the operations: those of a word, of a month (UTC), or with a text in them."""

    term: Term | None = None
    month: date | None = None
    text: str = field(default="")

    def narrow(self, rows: "QuerySet[CreditTransaction]") -> "QuerySet[CreditTransaction]":
        if self.term:
            rows = rows.filter(kind__in=self.term.kinds)
        if self.month:
            rows = rows.filter(
                created_at__gte=instant(self.month),
                created_at__lt=instant(first_of_next(self.month)),
            )
        if self.text:
            called = Operation.objects.filter(name__icontains=self.text).values("slug")
            rows = rows.filter(
                Q(description__icontains=self.text)
                | Q(operation__icontains=self.text)
                | Q(operation__in=called)
            )
        return rows


def page(
    account: Account, *, narrowing: Narrowing, before: int | None
) -> paging.Page[CreditTransaction]:
    """Take a page of an account's operations, newest first, with what their reasons want."""
    rows = narrowing.narrow(account.transactions.order_by("-seq"))
    if before is not None:
        rows = rows.filter(seq__lt=before)
    rows = rows.select_related("hold", "undoes").prefetch_related(
        Prefetch(
            "movements",
            queryset=Movement.objects.filter(transaction__kind__in=_OF_LOTS).select_related(
                "lot__purchase__plan"
            ),
        )
    )
    return paging.page(rows, is_first=before is None, cursor=lambda row: str(row.seq))


def label(operation: CreditTransaction) -> str:
    """Say what kind of operation it was, as a customer reads it."""
    if operation.kind == Kind.GRANT and "voucher" in operation.metadata:
        return str(VOUCHER_REDEEMED)
    return vocabulary.label(operation.kind)


def recent(account: Account, *, rows: int) -> list[CreditTransaction]:
    return list(account.transactions.order_by("-seq")[:rows])


def months(account: Account, *, until: date) -> list[date]:
    """List the months, newest first, from the first in which something was booked."""
    first = account.transactions.order_by("seq").values_list("created_at", flat=True).first()
    month = min(account.created_at, first or account.created_at).astimezone(UTC).date()
    month = month.replace(day=1)
    found = []
    while month <= until:
        found.append(month)
        month = first_of_next(month)
    return found[::-1]


def first_of_next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def first_of_previous(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def instant(day: date) -> datetime:
    """Give the instant at which a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def export(account: Account, *, narrowing: Narrowing) -> Iterator[Line]:
    """
    Yield the lines of a spreadsheet, headings first, in the order of booking.

    The balance is the one after the operation, in that order. Times are the operations' dates, UTC,
    ISO 8601, which a host may have set to an earlier day. Kinds are the slugs of `vocabulary`.
    """
    yield HEADINGS

    rows = narrowing.narrow(account.transactions.order_by("seq")).values_list(
        "seq",
        "created_at",
        "kind",
        "amount",
        "balance_after",
        "operation",
        "description",
        named=True,
    )
    for row in paging.stream(lambda last: rows.filter(seq__gt=last.seq) if last else rows):
        yield [
            row.seq,
            row.created_at.isoformat(timespec="seconds"),
            vocabulary.term_of(row.kind).slug,
            row.amount,
            row.balance_after,
            row.operation,
            row.description,
        ]
