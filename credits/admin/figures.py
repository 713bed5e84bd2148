"""What the ledger adds up to, for the staff's first page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, TruncDate

from credits.models import CreditTransaction, Lot


@dataclass(frozen=True, kw_only=True)
class Totals:
    """
    Credits, over all accounts.

    `outstanding` is owed to their holders: a liability. `owed` is what was used, is no longer paid
    for and was not written off.
    """

    outstanding: int
    held: int
    sold: int
    given: int
    spent: int
    owed: int


@dataclass(frozen=True, kw_only=True)
class Day:
    """Credits that came and that were used on one day of the site's time zone."""

    day: date
    granted: int
    used: int


def totals(*, at: datetime) -> Totals:
    """Add up all lots; what has expired is owed to nobody, swept or not."""
    fresh = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    bought = Q(kind=Lot.Kind.PURCHASE)
    sums = Lot.objects.aggregate(
        of_outstanding=Sum("remaining", filter=fresh),
        of_held=Sum("held"),
        of_sold=Sum("granted", filter=bought),
        of_given=Sum("granted", filter=~bought),
        of_spent=Sum("spent"),
    )
    return Totals(
        **{name.removeprefix("of_"): int(sums[name] or 0) for name in sums},
        owed=Lot.objects.all().credits_owed(),
    )


def by_day(*, today: date, since: datetime, days: int) -> list[Day]:
    """
    Add up the last days, today among them, one row a day and none missing.

    An operation counts on the day of its date, whenever it was booked. What this costs depends on
    the days, not on the history: the index `transaction_by_time` leaves out what is older.
    """
    kinds = CreditTransaction.Kind
    used = [kinds.SPEND, kinds.HOLD, kinds.RELEASE, kinds.GIVE_BACK]
    rows = (
        CreditTransaction.objects.filter(created_at__gte=since, kind__in=[kinds.GRANT, *used])
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(
            granted=Coalesce(Sum("amount", filter=Q(kind=kinds.GRANT)), 0),
            used=Coalesce(-Sum("amount", filter=Q(kind__in=used)), 0),
        )
        .order_by("day")
    )
    found = {
        row["day"]: Day(day=row["day"], granted=int(row["granted"]), used=int(row["used"]))
        for row in rows
    }
    first = today - timedelta(days=days - 1)
    calendar = [first + timedelta(days=number) for number in range(days)]
    return [found.get(day, Day(day=day, granted=0, used=0)) for day in calendar]
