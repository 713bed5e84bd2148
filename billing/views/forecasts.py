"""How long a person's credits last if they go on as they did, and whether that is not long."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils import timezone

from credits import forecast
from credits import usage as usages
from credits.forecast import Rate, Supply
from credits.models import Account
from credits.models.lots import SPEND_ORDER

# Days that are looked back on.
DAYS: Final = 30
# More lots than these, in the order in which they are spent, are not looked at.
LOTS: Final = 500


@dataclass(frozen=True)
class Forecast:
    rate: Rate
    days_left: int

    @property
    def is_long(self) -> bool:
        return self.days_left >= forecast.LONGEST


def of(account: Account) -> Forecast | None:
    """Tell how long the credits last at the rate of late; None where there is no rate."""
    now = timezone.now()
    used = usages.usage(account=account, days=DAYS)
    by_day = [sum(use.by_day.get(day, 0) for use in used.uses) for day in used.days]
    rate = forecast.rate(by_day)
    if rate is None:
        return None
    return Forecast(rate, forecast.days_left(_supplies(account), rate=rate, at=now))


def _supplies(account: Account) -> list[Supply]:
    """List what can be spent, now or later, in the order in which it is."""
    held = Q(is_open=True) | Q(pending__gt=0)
    lots = account.lots.filter(held).order_by(*SPEND_ORDER)[:LOTS]
    return [Supply(lot.remaining + lot.pending, lot.starts_at, lot.expires_at) for lot in lots]
