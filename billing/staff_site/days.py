"""
What each day came to: the sums that the figures are made of.

Days that are over change only by an operation of an earlier date, so their sums are kept for an
hour; today is read anew. So what a page reads depends on one day's operations, by the index of
their dates, whatever the history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from billing import caching, conf
from billing.models import Dispute, Purchase, Refund
from billing.staff_site.spans import Days
from credits.models import CreditTransaction

T = TypeVar("T")

KEPT_SECONDS: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Credits of one day and one operation of the host's."""

    day: date
    operation: str
    granted: int
    used: int


@dataclass(frozen=True, kw_only=True)
class Sold:
    """Purchases of one plan that were paid on one day, in one currency's smallest unit."""

    day: date
    plan_id: int
    currency: str
    number: int
    credits: int
    received: int
    tax: int


@dataclass(frozen=True, kw_only=True)
class Back:
    """Money that went back on one day."""

    day: date
    currency: str
    amount: int


def moved(days: Days) -> Sequence[Moved]:
    """Add up operations by the day of their date, whenever they were booked."""
    return _kept("moved", days, _moved)


def sold(days: Days) -> Sequence[Sold]:
    """Add up purchases by the day on which they were paid."""
    return _kept("sold", days, _sold)


def refunded(days: Days) -> Sequence[Back]:
    """Add up refunds by the day on which we heard of them, failed ones not."""
    return _kept("refunded", days, _refunded)


def disputed(days: Days) -> Sequence[Back]:
    """Add up what banks hold or have kept, by the day on which the dispute was opened."""
    return _kept("disputed", days, _disputed)


def _kept(name: str, days: Days, add_up: Callable[[Days], list[T]]) -> list[T]:
    """Add up the last of the days, and find the others where they were added up before."""
    over = Days(days.first, days.last - timedelta(days=1))
    key = f"staff-days:{name}:{conf.livemode()}:{over.first}:{over.last}"
    found: list[T] | None = caching.find(key) if over.number else []
    if found is None:
        found = add_up(over)
        caching.keep(key, found, seconds=KEPT_SECONDS)
    return found + add_up(Days(days.last, days.last))


def _moved(days: Days) -> list[Moved]:
    kinds = CreditTransaction.Kind
    used = [kinds.SPEND, kinds.HOLD, kinds.RELEASE, kinds.GIVE_BACK]
    rows = (
        _by_day(CreditTransaction.objects.filter(kind__in=[kinds.GRANT, *used]), "created_at", days)
        .values("day", "operation")
        .annotate(
            granted=Coalesce(Sum("amount", filter=Q(kind=kinds.GRANT)), 0),
            used=Coalesce(-Sum("amount", filter=Q(kind__in=used)), 0),
        )
    )
    return [
        Moved(
            day=row["day"],
            operation=row["operation"],
            granted=int(row["granted"]),
            used=int(row["used"]),
        )
        for row in rows
    ]


def _sold(days: Days) -> list[Sold]:
    rows = (
        _by_day(Purchase.objects.filter(livemode=conf.livemode()), "paid_at", days)
        .values("day", "plan_id", "currency")
        .annotate(
            number=Count("pk"),
            of_credits=Sum("credits"),
            received=Coalesce(Sum("payment__amount_received"), 0),
            tax=Coalesce(Sum("amount_tax"), 0),
        )
    )
    return [
        Sold(
            day=row["day"],
            plan_id=row["plan_id"],
            currency=row["currency"],
            number=row["number"],
            credits=int(row["of_credits"]),
            received=int(row["received"]),
            tax=int(row["tax"]),
        )
        for row in rows
    ]


def _refunded(days: Days) -> list[Back]:
    return _back(Refund.objects.not_failed(), "unit_amount", days)


def _disputed(days: Days) -> list[Back]:
    return _back(Dispute.objects.exclude(withdrawn=0), "withdrawn", days)


def _back(rows: QuerySet[Any], field: str, days: Days) -> list[Back]:
    ours = Q(payment__purchase__isnull=False, payment__livemode=conf.livemode())
    found = (
        _by_day(rows.filter(ours), "created_at", days)
        .values("day", "currency")
        .annotate(amount=Sum(field))
    )
    return [Back(**{**row, "amount": int(row["amount"])}) for row in found]


def _by_day(rows: QuerySet[Any], field: str, days: Days) -> QuerySet[Any]:
    within = {f"{field}__gte": days.starts_at, f"{field}__lt": days.ends_at}
    found: QuerySet[Any] = rows.filter(**within).annotate(day=TruncDate(field)).order_by("day")
    return found
