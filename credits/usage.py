"""What credits were used for: by operation and day, over one account or all of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from credits.models import Account, CreditTransaction, Hold, Operation

Kind = CreditTransaction.Kind
# So many descriptions have a line of their own.
DESCRIPTIONS = 20
# Together they are what was used: what is captured of a hold is the hold less its release.
COUNTED = (Kind.SPEND, Kind.HOLD, Kind.RELEASE, Kind.GIVE_BACK)
# A hold of which nothing was used in the end was no use.
_IS_USE = Q(kind=Kind.SPEND) | Q(hold__status__in=[Hold.Status.HELD, Hold.Status.CAPTURED])


# What returns something is about what it returns.
_ABOUT = Coalesce("undoes__description", "description")


@dataclass(frozen=True, kw_only=True)
class Use:
    """What one operation came to; `operation` is its slug, empty for what has but a description."""

    operation: str
    name: str
    uses: int
    credits: int
    # Day to credits; a day on which more came back than went out is below zero.
    by_day: Mapping[date, int]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Days without a gap, the oldest first, and operations, the dearest first."""

    days: Sequence[date]
    uses: Sequence[Use]

    @property
    def credits(self) -> int:
        return sum(use.credits for use in self.uses)


def usage(
    *,
    account: Account | None = None,
    days: int,
    at: datetime | None = None,
    by_description: bool = False,
) -> Usage:
    """
    Sum up the last days, today among them, in the time zone that is active.

    An operation counts on the day of its date; what was given back of it, or let go, on the day on
    which it was. Credits that are held count as used until they are let go.

    :param account: whose; None for everybody's
    :param by_description: whether what named no operation is parted by its description: the dearest
        DESCRIPTIONS of them, the rest together
    """
    now = timezone.localtime(at)
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    rows = CreditTransaction.objects.filter(
        created_at__gte=start, created_at__lt=start + timedelta(days=days), kind__in=COUNTED
    )
    if account is not None:
        rows = rows.filter(account=account)
    sums = (
        rows.annotate(
            day=TruncDate("created_at"),
            about=_ABOUT,
            what=_described(rows) if by_description else Value(""),
        )
        .values_list("operation", "what", "day")
        .annotate(credits=-Sum("amount"), uses=Count("pk", filter=_IS_USE))
        .order_by("operation", "what", "day")
    )
    credits, uses = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    by_day: dict[tuple[str, str], dict[date, int]] = {}
    for operation, what, day, used, count in sums:
        credits[operation, what] += int(used)
        uses[operation, what] += count
        by_day.setdefault((operation, what), {})[day] = int(used)
    names = Operation.objects.names() if by_day else {}
    calendar = [start.date() + timedelta(days=number) for number in range(days)]
    return Usage(
        days=calendar,
        uses=[
            Use(
                operation=operation,
                name=what or names.get(operation, operation),
                uses=uses[operation, what],
                credits=credits[operation, what],
                by_day=by_day[operation, what],
            )
            for operation, what in sorted(by_day, key=lambda named: (-credits[named], named))
        ],
    )


def _described(rows: QuerySet[CreditTransaction]) -> Case:
    """Give the description of what named no operation, where it is one of the dearest."""
    dearest = (
        rows.filter(operation="")
        .annotate(about=_ABOUT)
        .exclude(about="")
        .values("about")
        .annotate(credits=-Sum("amount"))
        .order_by("-credits", "about")
        .values_list("about", flat=True)[:DESCRIPTIONS]
    )
    is_dear = Q(operation="", about__in=list(dearest))
    return Case(When(is_dear, then=F("about")), default=Value(""))
