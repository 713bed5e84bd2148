"""What the shop adds up to: tiles, each with the list behind it, bars by day and two tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from billing import money
from billing.models import CreditPlan, Dispute, Purchase, Refund, Shortfall
from billing.staff_site import days
from billing.staff_site.days import Back, Sold
from billing.staff_site.spans import Span
from credits import charts
from credits.admin.links import list_url
from credits.charts import Chart
from credits.models import Account, CreditTransaction, Hold, Lot, Operation

SHOWN: Final = 5  # plans, and operations

# What can be spent, and what was paid for it without tax; by the index of lots that are open.
_OUTSTANDING: Final = """
    SELECT coalesce(purchase.currency, ''), sum(lot.remaining),
        sum(div((purchase.amount_total - purchase.amount_tax)::numeric * lot.remaining,
                lot.granted))
    FROM credits_lot AS lot
    LEFT JOIN billing_purchase AS purchase ON purchase.lot_id = lot.id
    WHERE lot.is_open AND (lot.expires_at IS NULL OR lot.expires_at > %s)
    GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure, what it means, and the list behind it."""

    label: str
    figures: Sequence[str]
    # The same figure of the days before, where it is of days.
    before: str = ""
    note: str = ""
    url: str = ""
    is_alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """What there was most of, the most first."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What one permission shows, added up at one instant; empty where it took too long."""

    at: datetime
    tiles: Sequence[Tile] = ()
    charts: Sequence[Chart] = ()
    rankings: Sequence[Ranking] = ()


def of_credits(at: datetime, span: Span) -> Panel:
    number = money.format_number
    moved = _Both(span, days.moved)
    sold = _Both(span, days.sold)
    outstanding, worth = _outstanding(at)
    held = Hold.objects.active().aggregate(sum=Sum("credits"))["sum"] or 0
    owed = Lot.objects.all().credits_owed()
    granted, used = (
        [_sum(moved.now, day, name) for day in span.now.calendar] for name in ("granted", "used")
    )
    given, given_before = (
        sum(row.granted for row in some) - sum(row.credits for row in others)
        for some, others in ((moved.now, sold.now), (moved.before, sold.before))
    )
    tiles = [
        Tile(
            label=_("Outstanding credits"),
            figures=[number(outstanding), *_amounts(worth, none=[])],
            note=_("Owed to their holders, and what was paid for them; %s more held")
            % number(int(held)),
            url=list_url(Account),
        ),
        Tile(
            label=_("Sold credits"),
            figures=[number(sum(row.credits for row in sold.now))],
            before=number(sum(row.credits for row in sold.before)),
            note=_("Bonus included, before what was taken back"),
            url=list_url(Lot, kind__exact=Lot.Kind.PURCHASE.value),
        ),
        Tile(
            label=_("Given credits"),
            figures=[number(given)],
            before=number(given_before),
            note=_("For anything but a purchase"),
            url=list_url(CreditTransaction, kind__exact=CreditTransaction.Kind.GRANT.value),
        ),
        Tile(
            label=_("Used credits"),
            figures=[number(sum(used))],
            before=number(sum(row.used for row in moved.before)),
            note=_("Spent or held, less what came back"),
            url=list_url(CreditTransaction, kind__exact=CreditTransaction.Kind.SPEND.value),
        ),
        Tile(
            label=_("Still owed"),
            figures=[number(owed)],
            note=_("Credits used, no longer paid for and not written off"),
            url=list_url(Shortfall, owed="yes"),
        ),
    ]
    chart = charts.draw(
        title=_("Credits by day"),
        summary=_("In %(days)s days %(granted)s credits were granted, %(used)s used or held.")
        % {
            "days": span.now.number,
            "granted": number(sum(granted)),
            "used": number(sum(used)),
        },
        days=span.now.calendar,
        series=[
            _series(_("Granted"), "bar-granted", granted, number),
            _series(_("Used"), "bar-used", used, number),
        ],
    )
    return Panel(
        at=at,
        tiles=tiles,
        charts=[chart] if chart else [],
        rankings=_ranked(_("Use by operation"), _operations(moved), _("Operation"), _("Credits")),
    )


def of_money(at: datetime, span: Span) -> Panel:
    """Sum up payments of purchases of ours, in the mode that this site runs in."""
    sold = _Both(span, days.sold)
    refunded, disputed = _Both(span, days.refunded), _Both(span, days.disputed)
    received = [_received(some) for some in sold.both]
    refunds = [_back(some) for some in refunded.both]
    disputes = [_back(some) for some in disputed.both]
    net = [
        _less(came, went, kept)
        for came, went, kept in zip(received, refunds, disputes, strict=True)
    ]
    taxes = [_by_currency((row.currency, row.tax) for row in some) for some in sold.both]
    paid_url = list_url(Purchase, status__exact=Purchase.Status.PAID.value)
    tiles = [
        _money_tile(
            _("Net revenue"), net, _("Received, less refunds and disputes; with tax"), paid_url
        ),
        _money_tile(
            _("Revenue"),
            received,
            _("Paid for purchases: after discounts, with tax, before what went back"),
            paid_url,
        ),
        *(
            [_money_tile(_("Tax in it"), taxes, _("In the revenue"), paid_url)]
            if taxes[0] or taxes[1]
            else []
        ),
        _money_tile(
            _("Refunds"), refunds, _("Requested ones included, failed ones not"), list_url(Refund)
        ),
        _money_tile(
            _("Disputes"), disputes, _("Held back by banks, or lost to them"), list_url(Dispute)
        ),
    ]
    drawn = [_revenue_chart(code, sold.now, span) for code in received[0]]
    return Panel(
        at=at,
        tiles=tiles,
        charts=[chart for chart in drawn if chart],
        rankings=_ranked(
            _("Best-selling plans"), _plans(sold), _("Plan"), _("Purchases"), _("Received")
        ),
    )


class _Both:
    """Sums of the days of a span and of those before."""

    def __init__(self, span: Span, add_up: Callable[[Any], Sequence[Any]]) -> None:
        self.now, self.before = add_up(span.now), add_up(span.before)

    @property
    def both(self) -> tuple[Sequence[Any], Sequence[Any]]:
        return self.now, self.before


def _outstanding(at: datetime) -> tuple[int, Mapping[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_OUTSTANDING, [at])
        rows = cursor.fetchall()
    worth = {currency: int(amount) for currency, _credits, amount in rows if currency}
    return int(sum(credits for _currency, credits, _amount in rows)), worth


def _plans(sold: _Both) -> list[list[str]]:
    """List the plans that were bought most often."""
    numbers: Counter[int] = Counter()
    received: dict[int, Counter[str]] = {}
    for row in sold.now:
        numbers[row.plan_id] += row.number
        received.setdefault(row.plan_id, Counter())[row.currency] += row.received
    best = numbers.most_common(SHOWN)
    names = dict(
        CreditPlan.objects.filter(pk__in=[pk for pk, _number in best]).values_list("pk", "name")
    )
    return [
        [names[pk], money.format_number(number), ", ".join(_amounts(received[pk]))]
        for pk, number in best
    ]


def _operations(moved: _Both) -> list[list[str]]:
    """List the operations that used most; what named none is one of them."""
    used: Counter[str] = Counter()
    for row in moved.now:
        used[row.operation] += row.used
    most = [(slug, credits) for slug, credits in used.most_common(SHOWN) if credits > 0]
    names = dict(
        Operation.objects.filter(slug__in=[slug for slug, _used in most]).values_list(
            "slug", "name"
        )
    )
    return [
        [names.get(slug, slug) or _("No operation named"), money.format_number(credits)]
        for slug, credits in most
    ]


def _ranked(title: str, rows: list[list[str]], *headings: str) -> list[Ranking]:
    return [Ranking(title=title, headings=headings, rows=rows)] if rows else []


def _money_tile(label: str, sums: Sequence[Mapping[str, int]], note: str, url: str) -> Tile:
    now, before = sums
    return Tile(
        label=label,
        figures=_amounts(now),
        before=", ".join(_amounts(before)),
        note=note,
        url=url,
    )


def _received(rows: Sequence[Sold]) -> Mapping[str, int]:
    return _by_currency((row.currency, row.received) for row in rows)


def _back(rows: Sequence[Back]) -> Mapping[str, int]:
    return _by_currency((row.currency, row.amount) for row in rows)


def _by_currency(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for currency, amount in amounts:
        sums[currency] += amount
    return {currency: sums[currency] for currency in sorted(sums) if sums[currency]}


def _less(came: Mapping[str, int], *went: Mapping[str, int]) -> Mapping[str, int]:
    codes = sorted({*came, *(code for some in went for code in some)})
    return {code: came.get(code, 0) - sum(some.get(code, 0) for some in went) for code in codes}


def _amounts(by_currency: Mapping[str, int], none: Sequence[str] | None = None) -> list[str]:
    shown = [money.format_money(total, code) for code, total in by_currency.items()]
    return shown or ([_("none")] if none is None else list(none))


def _sum(rows: Sequence[Any], day: date, name: str) -> int:
    return sum(getattr(row, name) for row in rows if row.day == day)


def _series(
    name: str, css_class: str, values: list[int], write: Callable[[int], str]
) -> charts.Series:
    shown = [write(value) for value in values]
    return charts.Series(name=name, css_class=css_class, values=values, shown=shown)


def _revenue_chart(currency: str, rows: Sequence[Sold], span: Span) -> Chart | None:
    def write(amount: int) -> str:
        return money.format_money(amount, currency)

    mine = [row for row in rows if row.currency == currency]
    values = [_sum(mine, day, "received") for day in span.now.calendar]
    return charts.draw(
        title=_("Revenue by day, %s") % currency.upper(),
        summary=_("In %(days)s days %(total)s came in.")
        % {"days": span.now.number, "total": write(sum(values))},
        days=span.now.calendar,
        series=[_series(_("Revenue"), "bar-revenue", values, write)],
    )
