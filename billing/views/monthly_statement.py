"""
What happened to an account in one calendar month (UTC): credits, and money.

An operation counts in the month of its date (`created_at`), whenever it was booked: a host may date
one earlier (`at=`), and its clock may be ahead. The opening is the sum of everything dated earlier,
so a month opens with what the one before closed with. `balance_after` follows the order of booking,
and is no sum of dates.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import Purchase, Refund, VoucherRedemption
from billing.views.transactions import first_of_next, instant
from billing.views.vocabulary import TERMS, Kind, Term
from credits import ledger
from credits.models import Account


@dataclass(frozen=True, kw_only=True)
class Line:
    """All operations of one word in the month."""

    term: Term
    operations: int
    credits: int  # signed


@dataclass(frozen=True, kw_only=True)
class Statement:
    month: date
    # The first month in which anything is dated.
    first: date
    opening: int
    closing: int
    lines: list[Line]
    purchases: list[Purchase]
    refunds: list[Refund]
    vouchers: list[VoucherRedemption]
    # (currency, smallest unit)
    paid: list[tuple[str, int]]
    refunded: list[tuple[str, int]]
    # (currency, net, tax) of what was paid, less what was refunded; where tax was paid at all
    taxes: list[tuple[str, int, int]]


def statement(account: Account, *, month: date, at: datetime) -> Statement:
    """
    Add up one month; `month` is its first day.

    In the month that runs at `at`, credits that have expired count as expired, and those that have
    begun as added, swept or not; and so does what a host has dated later than now. So the running
    month closes with the balance.
    """
    start, end = instant(month), instant(first_of_next(month))
    is_running = start <= at < end
    sums = _by_kind(account, start=start, end=None if is_running else end)
    begun, expired = _unswept(account, at) if is_running else (0, 0)
    due = {Kind.START: begun, Kind.EXPIRY: -expired}
    lines = [
        Line(
            term=term,
            operations=sum(row["operations"] for row in sums if row["kind"] in term.kinds),
            credits=sum(row["credits"] for row in sums if row["kind"] in term.kinds)
            + sum(due.get(kind, 0) for kind in term.kinds),
        )
        for term in TERMS
    ]
    opening = sum(row["before"] for row in sums)
    first = min([account.created_at, *(row["first"] for row in sums)])
    purchases = list(
        account.purchases.filter(paid_at__gte=start, paid_at__lt=end)
        .select_related("plan", "payment", "invoice")
        .order_by("paid_at", "id")
    )
    refunds = list(
        Refund.objects.not_failed()
        .filter(payment__purchase__account=account, created_at__gte=start, created_at__lt=end)
        .select_related("payment__purchase__plan")
        .order_by("created_at", "id")
    )
    return Statement(
        month=month,
        first=first.astimezone(UTC).date().replace(day=1),
        opening=opening,
        closing=opening + sum(line.credits for line in lines),
        lines=[line for line in lines if line.operations or line.credits],
        purchases=purchases,
        refunds=refunds,
        vouchers=list(
            account.voucher_redemptions.filter(created_at__gte=start, created_at__lt=end)
            .select_related("batch", "lot")
            .order_by("created_at", "id")
        ),
        paid=_by_currency((row.currency, price_paid(row)) for row in purchases),
        refunded=_by_currency((row.currency, row.unit_amount) for row in refunds),
        taxes=_taxes(purchases, refunds),
    )


def price_paid(purchase: Purchase) -> int:
    """Tell what a paid purchase cost; a promotion code may have made it less than the price."""
    return purchase.payment.amount_received if purchase.payment else 0


def tax_in(refund: Refund) -> int:
    """Tell how much of a refund of a purchase is tax, by its share of what was paid."""
    return refund.payment.purchase.tax_in(refund.unit_amount)


def _taxes(purchases: Iterable[Purchase], refunds: Iterable[Refund]) -> list[tuple[str, int, int]]:
    gross = dict(
        _by_currency(
            [
                *((row.currency, price_paid(row)) for row in purchases),
                *((row.currency, -row.unit_amount) for row in refunds),
            ]
        )
    )
    taxed = [
        *((row.currency, row.amount_tax or 0) for row in purchases),
        *((row.currency, -tax_in(row)) for row in refunds),
    ]
    with_tax = {currency for currency, tax in taxed if tax}
    return [
        (currency, gross[currency] - tax, tax)
        for currency, tax in _by_currency(taxed)
        if currency in with_tax
    ]


def _by_kind(
    account: Account, *, start: datetime, end: datetime | None
) -> Sequence[Mapping[str, Any]]:
    """
    Add up what is dated before the month and what is dated in it, in one pass.

    Reads the account's whole past.
    """
    in_month = Q(created_at__gte=start)
    rows = account.transactions.filter(created_at__lt=end) if end else account.transactions.all()
    return list(
        rows.order_by()
        .values("kind")
        .annotate(
            before=Coalesce(Sum("amount", filter=Q(created_at__lt=start)), 0),
            credits=Coalesce(Sum("amount", filter=in_month), 0),
            operations=Count("seq", filter=in_month),
            first=Min("created_at"),
        )
    )


def _unswept(account: Account, at: datetime) -> tuple[int, int]:
    """Count credits that have begun, and that have expired, and that no sweep has seen."""
    account.refresh_from_db(fields=["balance"])
    begun = account.lots.spendable(at=at).filter(pending__gt=0).aggregate(sum=Sum("can_spend"))
    credits = int(begun["sum"] or 0)
    return credits, account.balance + credits - ledger.balance(account, at)


def _by_currency(amounts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    totals: Counter[str] = Counter()
    for currency, amount in amounts:
        totals[currency] += amount
    return sorted(totals.items())
