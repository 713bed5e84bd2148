"""The days that the figures are of, and those before that they are compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Days:
    """From one day to another, both included, in the site's time zone."""

    first: date
    last: date

    @property
    def number(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def calendar(self) -> list[date]:
        return [self.first + timedelta(days=each) for each in range(self.number)]

    @property
    def starts_at(self) -> datetime:
        return _midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The instant after the last of them."""
        return _midnight(self.last + timedelta(days=1))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Span:
    """What staff chose to look at: it ends today."""

    name: str
    label: str | Promise
    now: Days
    before: Days

    @classmethod
    def named(cls, name: str | None, today: date) -> Self:
        """Find one by its name; a month's worth of days where there is none of this name."""
        name = name if name in SPANS else DEFAULT
        label, first = SPANS[name]
        now = Days(first(today), today)
        if name == "month":
            end = now.first - timedelta(days=1)
            before = Days(end.replace(day=1), end.replace(day=min(end.day, today.day)))
        else:
            end = now.first - timedelta(days=1)
            before = Days(end - timedelta(days=now.number - 1), end)
        return cls(name, label, now, before)


DEFAULT: Final = "30"
SPANS: Final[dict[str, tuple[str | Promise, Callable[[date], date]]]] = {
    "today": (_("Today"), lambda today: today),
    "7": (_("7 days"), lambda today: today - timedelta(days=6)),
    "30": (_("30 days"), lambda today: today - timedelta(days=29)),
    "90": (_("90 days"), lambda today: today - timedelta(days=89)),
    "month": (_("This month"), lambda today: today.replace(day=1)),
}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware)
