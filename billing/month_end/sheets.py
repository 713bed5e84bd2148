"""The sheet of one period: a line for each plan and currency, and for each kind of gift."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Self

from django.db import connection, transaction

from billing.models import CreditPlan
from billing.month_end.periods import Period
from billing.month_end.query import SHEET
from credits.models import Lot


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """Credits, or smallest units of a currency. What went has a minus, unless it came back."""

    opening: int
    sold: int
    bonus: int
    given: int
    adjusted: int
    taken_back: int
    spent: int
    expired: int
    closing: int

    @property
    def difference(self) -> int:
        """By how much the closing is more than opening and all that moved."""
        return 2 * self.closing - sum(self)

    def __add__(self, other: Self) -> Self:
        return type(self)(**{name: getattr(self, name) + getattr(other, name) for name in COLUMNS})

    def __iter__(self) -> Iterator[int]:
        return (getattr(self, name) for name in COLUMNS)


COLUMNS: Final = tuple(field.name for field in fields(Amounts))
NOTHING: Final = Amounts(**dict.fromkeys(COLUMNS, 0))


@dataclass(frozen=True, kw_only=True)
class Line:
    """
    Lots of one plan that were paid in one currency, or of one kind that nobody paid for.

    `money` is None where nothing was paid.
    """

    currency: str
    plan: CreditPlan | None
    kind: Lot.Kind
    credits: Amounts
    money: Amounts | None

    @property
    def foots(self) -> bool:
        return not self.credits.difference and not (self.money and self.money.difference)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    period: Period
    at: datetime  # of which instant the lots are
    lines: Sequence[Line]

    @property
    def credits(self) -> Amounts:
        return sum((line.credits for line in self.lines), start=NOTHING)

    @property
    def money(self) -> Mapping[str, Amounts]:
        """Sum up money by currency."""
        totals: dict[str, Amounts] = {}
        for line in self.lines:
            if line.money:
                totals[line.currency] = totals.get(line.currency, NOTHING) + line.money
        return totals

    @property
    def faults(self) -> Sequence[Line]:
        """Lines that do not foot. One's surplus does not make up for another's loss."""
        return [line for line in self.lines if not line.foots]

    @property
    def foots(self) -> bool:
        return not self.faults


def add_up(period: Period, *, seconds: int = 0) -> Sheet:
    """
    Add up a period, from the whole ledger, in one snapshot.

    :param seconds: how long the database may take; 0 for as long as it takes
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
        cursor.execute(SHEET, {"starts_at": period.starts_at, "ends_at": period.ends_at})
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.execute("SELECT statement_timestamp()")
        [[at]] = cursor.fetchall()
    plans = CreditPlan.objects.in_bulk([row["plan_id"] for row in rows if row["plan_id"]])
    lines = [
        Line(
            currency=row["currency"],
            plan=plans.get(row["plan_id"]),
            kind=Lot.Kind(row["kind"]),
            credits=_amounts(row, "credits"),
            money=_amounts(row, "money") if row["currency"] else None,
        )
        for row in rows
    ]
    shown = [line for line in lines if any(line.credits) or any(line.money or ())]
    return Sheet(period=period, at=at, lines=sorted(shown, key=_place))


def _amounts(row: Mapping[str, int], unit: str) -> Amounts:
    return Amounts(**{name: int(row[f"{unit}_{name}"]) for name in COLUMNS})


def _place(line: Line) -> tuple[bool, str, int, str, int]:
    """Order what was sold first, by currency and as in the shop window."""
    plan = line.plan
    order = (plan.sort_order, plan.slug, plan.pk) if plan else (0, line.kind.value, 0)
    return (not line.currency, line.currency, *order)
