"""An account's operations as its holder reads them: in groups, in pages, as a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.views import paging
from credits.models import Account, CreditTransaction, Movement

Kind = CreditTransaction.Kind


@dataclass(frozen=True)
class Group:
    """Kinds of operation that are one thing to a customer."""

    slug: str
    label: Promise
    kinds: tuple[Kind, ...]


GROUPS = (
    Group("added", _("Added"), (Kind.GRANT, Kind.DEFER, Kind.START)),
    Group("used", _("Used"), (Kind.SPEND, Kind.GIVE_BACK)),
    Group("set-aside", _("Set aside"), (Kind.HOLD, Kind.RELEASE)),
    Group("taken-back", _("Taken back"), (Kind.CLAW_BACK, Kind.RESTORE)),
    Group("expired", _("Expired"), (Kind.EXPIRY,)),
    Group("adjusted", _("Adjusted"), (Kind.ADJUSTMENT,)),
)

LABELS = {
    Kind.GRANT: _("Credits added"),
    Kind.SPEND: _("Used"),
    Kind.GIVE_BACK: _("Given back"),
    Kind.HOLD: _("Set aside"),
    Kind.RELEASE: _("Released"),
    Kind.CLAW_BACK: _("Taken back, because money was returned or is disputed"),
    Kind.RESTORE: _("Restored"),
    Kind.DEFER: _("Set apart until they begin"),
    Kind.START: _("Began"),
    Kind.EXPIRY: _("Expired"),
    Kind.ADJUSTMENT: _("Adjusted by our staff"),
}

Line = list[str | int]

# A grant whose metadata names its voucher.
VOUCHER_REDEEMED = _("Voucher redeemed")

HEADINGS: Line = ["number", "time", "kind", "credits", "balance", "description"]

# These touch exactly one lot, and so lead to at most one purchase.
_OF_ONE_LOT = (Kind.GRANT, Kind.CLAW_BACK, Kind.RESTORE)


def group_named(slug: str) -> Group | None:
    return next((group for group in GROUPS if group.slug == slug), None)


def page(
    account: Account, *, group: Group | None, before: int | None
) -> paging.Page[CreditTransaction]:
    """Take a page of an account's operations, newest first, with the purchases they belong to."""
    rows = account.transactions.order_by("-seq")
    if group:
        rows = rows.filter(kind__in=group.kinds)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    rows = rows.prefetch_related(
        Prefetch(
            "movements",
            queryset=Movement.objects.filter(transaction__kind__in=_OF_ONE_LOT).select_related(
                "lot__purchase"
            ),
        )
    )
    return paging.page(rows, is_first=before is None, cursor=lambda row: str(row.seq))


def label(operation: CreditTransaction) -> str:
    """Say what kind of operation it was, as a customer reads it."""
    if operation.kind == Kind.GRANT and "voucher" in operation.metadata:
        return str(VOUCHER_REDEEMED)
    return str(LABELS[Kind(operation.kind)])


def recent(account: Account, *, rows: int) -> list[CreditTransaction]:
    return list(account.transactions.order_by("-seq")[:rows])


def export(account: Account, *, group: Group | None) -> Iterator[Line]:
    """
    Yield the lines of a spreadsheet, headings first, in the order of booking.

    The balance is the one after the operation, in that order. Times are the operations' dates, UTC,
    ISO 8601, which a host may have set to an earlier day.
    """
    yield HEADINGS

    rows = account.transactions.order_by("seq").values_list(
        "seq", "created_at", "kind", "amount", "balance_after", "description", named=True
    )
    if group:
        rows = rows.filter(kind__in=group.kinds)
    for row in paging.stream(lambda last: rows.filter(seq__gt=last.seq) if last else rows):
        yield [
            row.seq,
            row.created_at.isoformat(timespec="seconds"),
            row.kind.lower(),
            row.amount,
            row.balance_after,
            row.description,
        ]
