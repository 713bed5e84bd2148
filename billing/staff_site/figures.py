"""
What the shop adds up to: tiles, each with the list behind it, and bars by day.

Every sum reads its whole table once, those by day only what is young enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from billing import conf, money
from billing.models import Dispute, Payment, Purchase, Refund, Shortfall
from credits import charts
from credits.admin import figures
from credits.admin.links import list_url
from credits.charts import Chart
from credits.models import Account, CreditTransaction, Lot

DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure, what it means, and the list behind it."""

    label: str
    figures: Sequence[str]
    note: str = ""
    url: str = ""
    # It waits for a person: nothing else is red.
    is_alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What one permission shows, added up at one instant; empty where it took too long."""

    at: datetime
    tiles: Sequence[Tile] = ()
    charts: Sequence[Chart] = ()


def of_credits(at: datetime) -> Panel:
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
            note=_("Bonus included, before what was taken back; %s more given away")
            % number(totals.given),
            url=list_url(Lot, kind__exact=Lot.Kind.PURCHASE.value),
        ),
        Tile(
            label=_("Spent credits"),
            figures=[number(totals.spent)],
            note=_("Captured holds included, less what was given back"),
            url=list_url(CreditTransaction, kind__exact=CreditTransaction.Kind.SPEND.value),
        ),
        Tile(
            label=_("Still owed"),
            figures=[number(totals.owed)],
            note=_("Credits used, no longer paid for and not written off"),
            url=list_url(Shortfall, owed="yes"),
        ),
    ]
    today, since = _window(at)
    days = figures.by_day(today=today, since=since, days=DAYS)
    granted, used = [day.granted for day in days], [day.used for day in days]
    chart = charts.draw(
        title=_("Credits by day"),
        summary=_("In %(days)s days %(granted)s credits were granted, %(used)s used or held.")
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
    return Panel(at=at, tiles=tiles, charts=[chart] if chart else [])


def of_money(at: datetime) -> Panel:
    """Sum up payments of purchases of ours, in the mode that this site runs in."""
    ours = Q(payment__purchase__isnull=False, payment__livemode=conf.livemode())
    received = _by_currency(
        Payment.objects.filter(purchase__isnull=False, livemode=conf.livemode()).exclude(
            amount_received=0
        ),
        "amount_received",
    )
    refunded = _by_currency(Refund.objects.not_failed().filter(ours), "unit_amount")
    withdrawn = _by_currency(Dispute.objects.filter(ours).exclude(withdrawn=0), "withdrawn")
    paid_url = list_url(Purchase, status__exact=Purchase.Status.PAID.value)
    tiles = [
        Tile(
            label=_("Revenue"),
            figures=_amounts(received),
            note=_("Paid for purchases: after discounts, with tax, before what went back"),
            url=paid_url,
        ),
        *_taxes(received, url=paid_url),
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
        ),
    ]
    drawn = [chart for code in received if (chart := _revenue_chart(code, at))]
    return Panel(at=at, tiles=tiles, charts=drawn)


def _taxes(received: Mapping[str, int], *, url: str) -> list[Tile]:
    """Part what came in into net and tax, where any of it was tax."""
    taxed = Purchase.objects.filter(livemode=conf.livemode(), amount_tax__gt=0)
    taxes = _by_currency(taxed, "amount_tax")
    if not taxes:
        return []
    net = {code: received.get(code, 0) - tax for code, tax in taxes.items()}
    return [
        Tile(
            label=_("Tax in it"),
            figures=_amounts(taxes),
            note=_("Net: %s. Before what went back")
            % ", ".join(money.format_money(amount, code) for code, amount in net.items()),
            url=url,
        )
    ]


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
            livemode=conf.livemode(),
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
