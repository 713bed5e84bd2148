"""What everybody's credits, or one account's, were used for: by operation and day."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from credits import usage, usage_charts
from credits.admin import columns
from credits.models import Account, Operation

DAYS = (7, 30, 90)
SHOWN = 30


def url(site: admin.AdminSite) -> URLPattern:
    view = site.admin_view(partial(page, site))
    return path("usage/", view, name="credits_operation_usage")


def page(site: admin.AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("credits.view_credittransaction"):
        raise PermissionDenied
    account, days = _chosen_account(request), request.GET.get("days", str(SHOWN))
    if days not in map(str, DAYS):
        raise Http404
    found = usage.usage(account=account, days=int(days))
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Usage"),
        "subtitle": columns.holder(account) if account else None,
        "opts": Operation._meta,  # noqa: SLF001
        "account": account,
        "days": int(days),
        "choices": DAYS,
        "rows": [
            (use.name or usage_charts.other(found), use.operation, *map(columns.number, numbers))
            for use in found.uses
            for numbers in [(use.uses, use.credits)]
        ],
        "total": columns.number(found.credits),
        "chart": usage_charts.draw(found),
    }
    return TemplateResponse(request, "admin/credits/operation/usage.html", context)


def _chosen_account(request: HttpRequest) -> Account | None:
    chosen = request.GET.get("account")
    if chosen is None:
        return None
    try:
        return get_object_or_404(Account.objects.select_related("user"), pk=chosen)
    except (ValueError, OverflowError) as error:
        raise Http404 from error
