"""
The staff's first page: what is owed in credits, what came in, what went back, what needs a person.

Everyone sees the parts that their permissions let them see. Sums over whole tables are kept for a
minute, so that a page left open on a wall costs nothing; what needs a person is always fresh.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import money
from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from credits.admin import figures
from credits.admin.links import list_url
from credits.admin.readonly import COUNTED_ROWS
from credits.models import Account, CreditTransaction, Lot

from . import charts

DAYS = 30
KEPT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure, what it means, and the list behind it."""

    label: str
    figures: Sequence[str]
    note: str = ""
    url: str = ""
    is_alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class Overview:
    desk: Sequence[Tile]
    tiles: Sequence[Tile]
    charts: Sequence[charts.Chart]
    at: datetime | None


def for_staff(user: Any) -> Overview:
    """Put together what this person may see."""
    at: datetime | None = None
    tiles: list[Tile] = []
    drawn: list[charts.Chart] = []
    if user.has_perm("credits.view_lot") and user.has_perm("credits.view_credittransaction"):
        credit_tiles, credit_charts, at = _kept("credits", _credits)
        tiles += credit_tiles
        drawn += credit_charts
    if user.has_perm("billing.view_payment"):
        money_tiles, money_charts, at = _kept("money", _money)
        tiles += money_tiles
        drawn += money_charts
    desk = _desk() if user.has_perm("billing.view_stripeevent") else []
    return Overview(desk=desk, tiles=tiles, charts=drawn, at=at)


def _kept(name: str, compute: Any) -> tuple[list[Tile], list[charts.Chart], datetime]:
    """Compute at most once a minute, in each language that is read."""
    key = f"staff-overview:{name}:{get_language()}"
    kept: tuple[list[Tile], list[charts.Chart], datetime] | None = cache.get(key)
    if kept is None:
        at = timezone.now()
        kept = (*compute(at), at)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _desk() -> list[Tile]:
    """Count events that nobody has dealt with, by the index of exactly these."""
    states = StripeEvent.State
    words = {
        states.QUARANTINED: (
            _("Quarantined events"),
            _("Contradict what we know; nothing was granted"),
        ),
        states.FAILED: (_("Failing events"), _("Stripe sends them again, up to three days")),
    }
    tiles = []
    for state, (label, note) in words.items():
        count = StripeEvent.objects.filter(state=state)[: COUNTED_ROWS + 1].count()
        tiles.append(
            Tile(
                label=label,
                figures=[_up_to(count)],
                note=note if count else _("Nothing to do"),
                url=list_url(StripeEvent, state__exact=state.value),
                is_alarm=count > 0,
            )
        )
    return tiles


def _up_to(count: int) -> str:
    if count > COUNTED_ROWS:
        return _("more than %s") % money.format_number(COUNTED_ROWS)
    return money.format_number(count)


def _credits(at: datetime) -> tuple[list[Tile], list[charts.Chart]]:
    totals = figures.totals(at=at)
    number = money.format_number
    tiles = [
        Tile(
            label=_("Outstanding credits"),
            figures=[number(totals.outstanding)],
            note=_("Owed to their holders; %s more held") % number(totals.held),
            url=list_url(Account),
        ),
        Tile(
            label=_("Sold credits"),
            figures=[number(totals.sold)],
            note=_("Bonus included; %s more given away") % number(totals.given),
            url=list_url(Lot, kind__exact=Lot.Kind.PURCHASE.value),
        ),
        Tile(
            label=_("Spent credits"),
            figures=[number(totals.spent)],
            url=list_url(CreditTransaction, kind__exact=CreditTransaction.Kind.SPEND.value),
        ),
        Tile(
            label=_("Shortfall"),
            figures=[number(totals.shortfall)],
            note=_("Credits used and no longer paid for"),
            url=list_url(Lot, shortfall="yes"),
            is_alarm=totals.shortfall > 0,
        ),
    ]
    today, since = _window(at)
    days = figures.by_day(today=today, since=since, days=DAYS)
    granted, used = [day.granted for day in days], [day.used for day in days]
    chart = charts.draw(
        title=_("Credits by day"),
        summary=_("In %(days)s days %(granted)s credits were granted and %(used)s were used.")
        % {"days": DAYS, "granted": number(sum(granted)), "used": number(sum(used))},
        days=[day.day for day in days],
        series=[
            charts.Series(
                name=_("Granted"),
                css_class="bar-granted",
                values=granted,
                shown=[number(value) for value in granted],
            ),
            charts.Series(
                name=_("Used"),
                css_class="bar-used",
                values=used,
                shown=[number(value) for value in used],
            ),
        ],
    )
    return tiles, [chart] if chart else []


def _money(at: datetime) -> tuple[list[Tile], list[charts.Chart]]:
    """Sum up payments of purchases of ours, in the mode that this site runs in."""
    ours = Q(payment__purchase__isnull=False, payment__livemode=settings.STRIPE_LIVE_MODE)
    received = _by_currency(
        Payment.objects.filter(purchase__isnull=False, livemode=settings.STRIPE_LIVE_MODE).exclude(
            amount_received=0
        ),
        "amount_received",
    )
    refunded = _by_currency(Refund.objects.standing().filter(ours), "unit_amount")
    withdrawn = _by_currency(Dispute.objects.filter(ours).exclude(withdrawn=0), "withdrawn")
    tiles = [
        Tile(
            label=_("Revenue"),
            figures=_amounts(received),
            note=_("Paid for purchases, before what went back"),
            url=list_url(Purchase, status__exact=Purchase.Status.PAID.value),
        ),
        Tile(
            label=_("Refunds"),
            figures=_amounts(refunded),
            note=_("Requested ones included, failed ones not"),
            url=list_url(Refund),
        ),
        Tile(
            label=_("Disputes"),
            figures=_amounts(withdrawn),
            note=_("Held back by banks, or lost to them"),
            url=list_url(Dispute),
            is_alarm=bool(withdrawn),
        ),
    ]
    return tiles, [chart for code in received if (chart := _revenue_chart(code, at))]


def _by_currency(rows: Any, field: str) -> Mapping[str, int]:
    sums = rows.values("currency").annotate(total=Sum(field)).order_by("currency")
    return {row["currency"]: int(row["total"]) for row in sums}


def _amounts(by_currency: Mapping[str, int]) -> list[str]:
    return [money.format_money(total, code) for code, total in by_currency.items()] or [_("none")]


def _revenue_chart(currency: str, at: datetime) -> charts.Chart | None:
    today, since = _window(at)
    rows = (
        Purchase.objects.filter(
            status=Purchase.Status.PAID,
            paid_at__gte=since,
            livemode=settings.STRIPE_LIVE_MODE,
            payment__currency=currency,
        )
        .annotate(day=TruncDate("paid_at"))
        .values("day")
        .annotate(total=Sum("payment__amount_received"))
    )
    found = {row["day"]: int(row["total"]) for row in rows}
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    values = [found.get(day, 0) for day in days]
    return charts.draw(
        title=_("Revenue by day, %s") % currency.upper(),
        summary=_("In %(days)s days %(total)s came in.")
        % {"days": DAYS, "total": money.format_money(sum(values), currency)},
        days=days,
        series=[
            charts.Series(
                name=_("Revenue"),
                css_class="bar-revenue",
                values=values,
                shown=[money.format_money(value, currency) for value in values],
            )
        ],
    )


def _window(at: datetime) -> tuple[date, datetime]:
    """Today, and the instant at which the first of the days shown began."""
    start_of_today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return start_of_today.date(), start_of_today - timedelta(days=DAYS - 1)
