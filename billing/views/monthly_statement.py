"""What happened to an account in one calendar month (UTC): credits, and money."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Sum

from billing.models import Purchase, Refund
from billing.views.transactions import GROUPS, Group
from credits.models import Account


@dataclass(frozen=True, kw_only=True)
class Line:
    """All operations of one group in the month."""

    group: Group
    operations: int
    credits: int  # signed


@dataclass(frozen=True, kw_only=True)
class Statement:
    month: date
    opening: int
    closing: int
    lines: list[Line]
    purchases: list[Purchase]
    refunds: list[Refund]
    # (currency, smallest unit)
    paid: list[tuple[str, int]]
    refunded: list[tuple[str, int]]


def first_of_next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def first_of_previous(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def statement(account: Account, *, month: date) -> Statement:
    """Add up one month; `month` is its first day."""
    start, end = _instant(month), _instant(first_of_next(month))
    in_month = account.transactions.filter(created_at__gte=start, created_at__lt=end)
    sums = {
        row["kind"]: (row["operations"], row["credits"])
        for row in in_month.values("kind").annotate(operations=Count("id"), credits=Sum("amount"))
    }
    lines = [
        Line(
            group=group,
            operations=sum(sums.get(kind, (0, 0))[0] for kind in group.kinds),
            credits=sum(sums.get(kind, (0, 0))[1] for kind in group.kinds),
        )
        for group in GROUPS
    ]
    opening = _balance_before(account, start)
    purchases = list(
        account.purchases.filter(paid_at__gte=start, paid_at__lt=end)
        .select_related("plan", "payment")
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
        opening=opening,
        closing=opening + sum(line.credits for line in lines),
        lines=[line for line in lines if line.operations],
        purchases=purchases,
        refunds=refunds,
        paid=_by_currency((row.currency, price_paid(row)) for row in purchases),
        refunded=_by_currency((row.currency, row.unit_amount) for row in refunds),
    )


def price_paid(purchase: Purchase) -> int:
    """Tell what a paid purchase cost; a promotion code may have made it less than the price."""
    return purchase.payment.amount_received if purchase.payment else 0


def _balance_before(account: Account, instant: datetime) -> int:
    last = account.transactions.filter(created_at__lt=instant).order_by("-seq").first()
    return last.balance_after if last else 0


def _by_currency(amounts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    totals: Counter[str] = Counter()
    for currency, amount in amounts:
        totals[currency] += amount
    return sorted(totals.items())


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
