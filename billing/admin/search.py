"""The search in the header of every page: to the one page that matched, or to a list of them."""

from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from billing.models import Purchase
from billing.staff_site import search
from credits.admin.columns import change, holder
from credits.admin.links import object_url
from credits.models import Account, CreditTransaction


def url(site: AdminSite) -> URLPattern:
    def view(request: HttpRequest) -> HttpResponse:
        return show(request, site)

    return path("search/", site.admin_view(view), name="billing_search")


def show(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Look for `?q=` among what this person may see."""

    def may_see(model: type[Model]) -> bool:
        if not site.is_registered(model):
            return False
        return site.get_model_admin(model).has_view_permission(request)

    term = request.GET.get("q", "")
    found = search.find(term, may_see=may_see)
    if found.only and not found.is_incomplete:
        return HttpResponseRedirect(object_url(found.only))
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Search"),
        "term": term,
        "is_incomplete": found.is_incomplete,
        "groups": [
            {
                "name": group.model._meta.verbose_name_plural,  # noqa: SLF001
                "rows": [(object_url(row), _text(row)) for row in group.rows],
                "is_cut_off": group.is_cut_off,
            }
            for group in found.groups
        ],
    }
    return TemplateResponse(request, "admin/billing/search.html", context)


def _text(row: Model) -> str:
    """Name a row so that it can be told from the others of its list."""
    match row:
        case Account():
            return holder(row)
        case Purchase():
            return f"{row.short_number}, {row.plan.name}, {row.created_at:%Y-%m-%d}"
        case CreditTransaction():
            kind = row.get_kind_display()
            return f"{holder(row.account)}, {kind} {change(row.amount)}, {row.created_at:%Y-%m-%d}"
    return str(row)
