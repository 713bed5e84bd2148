"""The month's end on a page, and as a file."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.http.response import StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import money, month_end
from billing.month_end import COLUMNS, Amounts, Line, NoPeriod, Period, Sheet, tables
from credits import spreadsheets

# What one sees here, added up, is what these show one by one.
PERMISSIONS: Final = ("credits.view_lot", "credits.view_credittransaction", "billing.view_payment")
# Seconds that a page may take. Beyond, it leads to the command, which takes as long as it takes.
PATIENCE: Final = 30

HEADINGS: Final = {
    "opening": _("Opening"),
    "sold": _("Sold"),
    "bonus": _("Bonus"),
    "given": _("Given"),
    "adjusted": _("Adjusted"),
    "taken_back": _("Taken back"),
    "spent": _("Spent"),
    "expired": _("Expired"),
    "closing": _("Closing"),
}


def url(site: AdminSite) -> URLPattern:
    def view(request: HttpRequest) -> HttpResponseBase:
        return show(request, site)

    return path("month-end/", site.admin_view(view), name="billing_month_end")


def show(request: HttpRequest, site: AdminSite) -> HttpResponseBase:
    """Show the month of `?period=`, or this one; with `?csv` as a file."""
    if not request.user.has_perms(PERMISSIONS):
        raise PermissionDenied
    today = timezone.localdate()
    wrong, sheet = False, None
    period = Period.read(f"{today:%Y-%m}")
    try:
        period = Period.read(request.GET.get("period") or f"{today:%Y-%m}")
        sheet = _patiently(period)
    except NoPeriod:
        wrong = True
    if sheet and "csv" in request.GET:
        return StreamingHttpResponse(
            spreadsheets.written(tables.lines(sheet)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="month-end-{period.last}.csv"'},
        )
    context = {
        **site.each_context(request),
        "title": _("Month end"),
        "period": period,
        "typed": request.GET.get("period", ""),
        "wrong": wrong,
        "sheet": sheet,
        "headings": [HEADINGS[name] for name in COLUMNS],
        "groups": list(_groups(sheet)) if sheet else [],
        "faults": list(tables.faults(sheet)) if sheet else [],
    }
    return TemplateResponse(request, "admin/billing/month_end.html", context)


def _patiently(period: Period) -> Sheet | None:
    try:
        return month_end.add_up(period, seconds=PATIENCE)
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise
        return None


def _groups(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Yield the lines of each currency with its total, then those that nobody paid for."""
    for currency, total in sheet.money.items():
        sold = [line for line in sheet.lines if line.currency == currency]
        credits = sum((line.credits for line in sold[1:]), start=sold[0].credits)
        yield {
            "name": currency.upper(),
            "rows": [_row(line) for line in sold],
            "credits": _numbers(credits),
            "money": _money(total, currency),
        }
    given = [line for line in sheet.lines if not line.currency]
    if given:
        credits = sum((line.credits for line in given[1:]), start=given[0].credits)
        yield {
            "name": _("Not sold"),
            "rows": [_row(line) for line in given],
            "credits": _numbers(credits),
            "money": None,
        }


def _row(line: Line) -> dict[str, Any]:
    return {
        "name": line.plan.name if line.plan else line.kind.label,
        "credits": _numbers(line.credits),
        "money": _money(line.money, line.currency) if line.money else None,
    }


def _numbers(amounts: Amounts) -> list[str]:
    return [money.format_number(amount) for amount in amounts]


def _money(amounts: Amounts, currency: str) -> list[str]:
    return [money.format_money(amount, currency) for amount in amounts]
