"""Months, or their beginnings, in the site's time zone."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self

from django.utils import timezone

EARLIEST: Final = date(1970, 1, 1)  # before it no ledger was; near year 1 no zone can reckon


class NoPeriod(ValueError):
    """The text is no month or day, or one that has not begun or is before 1970."""


@dataclass(frozen=True)
class Period:
    """From the first day of a month to a day of it, both included."""

    first: date
    last: date

    @classmethod
    def read(cls, text: str, *, today: date | None = None) -> Self:
        """
        Read `2026-10`, a month, or `2026-10-15`, the month up to and with that day.

        :raises NoPeriod: if it is neither, has not begun, or is before 1970
        """
        found = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", text.strip(), re.ASCII)
        try:
            year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
            first = date(year, month, 1)
            last = date(year, month, day or calendar.monthrange(year, month)[1])
        except ValueError as error:
            raise NoPeriod(f"a month such as 2026-10 or a day of it, got {text!r}") from error
        if first < EARLIEST or (last if day else first) > (today or timezone.localdate()):
            raise NoPeriod(f"a month or a day that has begun, got {text!r}")
        return cls(first, last)

    @property
    def starts_at(self) -> datetime:
        return _midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The instant after its last."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def is_running(self) -> bool:
        return self.ends_at > timezone.now()

    @property
    def text(self) -> str:
        """What `read` makes it of."""
        is_whole = (self.last + timedelta(days=1)).day == 1
        return f"{self.first:%Y-%m}" if is_whole else f"{self.last}"

    @property
    def before(self) -> str:
        """The month before it."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str | None:
        """The month after it, if that has begun."""
        following = (self.first + timedelta(days=31)).replace(day=1)
        return f"{following:%Y-%m}" if following <= timezone.localdate() else None

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware)
