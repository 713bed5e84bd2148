"""
How long credits last at the rate at which they were used: arithmetic, without the database.

It says nothing rather than a guess: a rate wants a week of history, and use on several days of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

# Fewer days of history, or fewer days with a use among them, are no rate.
LEAST_DAYS: Final = 7
LEAST_DAYS_OF_USE: Final = 3
# Nobody plans further ahead.
LONGEST: Final = 365


@dataclass(frozen=True)
class Supply:
    """Credits that can be spent from one instant to another; None: from now, or forever."""

    credits: int
    starts_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many credits in so many days."""

    credits: int
    days: int

    @property
    def per_day(self) -> Fraction:
        return Fraction(self.credits, self.days)


def rate(used_by_day: Sequence[int]) -> Rate | None:
    """
    Work out a rate from what was used each day, the oldest first.

    Days before the first use are no history. A day on which more came back than went out takes some
    off.

    :returns: None where there is too little history, or nothing was used in the end
    """
    first = next((number for number, used in enumerate(used_by_day) if used > 0), len(used_by_day))
    history = used_by_day[first:]
    days_of_use = sum(used > 0 for used in history)
    credits = sum(history)
    if len(history) < LEAST_DAYS or days_of_use < LEAST_DAYS_OF_USE or credits <= 0:
        return None
    return Rate(credits=credits, days=len(history))


def days_left(supplies: Iterable[Supply], *, rate: Rate, at: datetime) -> int:
    """
    Count the whole days that credits last; LONGEST means that long or longer.

    :param supplies: in the order in which they are spent; what expires first is lost
    """
    left = [(supply, Fraction(supply.credits)) for supply in supplies]
    for day in range(LONGEST):
        begins = at + timedelta(days=day)
        wanted = rate.per_day
        for number, (supply, credits) in enumerate(left):
            if _is_usable(supply, begins):
                taken = min(credits, wanted)
                wanted -= taken
                left[number] = (supply, credits - taken)
        if wanted > 0:
            return day
    return LONGEST


def _is_usable(supply: Supply, at: datetime) -> bool:
    has_begun = supply.starts_at is None or supply.starts_at <= at
    return has_begun and (supply.expires_at is None or supply.expires_at > at)
