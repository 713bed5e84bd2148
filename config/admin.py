"""The staff's site: stock Django admin, the ledger first and the Stripe mirror folded away."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

# Sections in their order, by app, with a name where the app's own would not tell staff enough.
# Whatever is not listed comes after these.
SECTIONS = {
    "credits": None,
    "billing": None,
    "auth": _("People"),
    "account": _("E-mail addresses"),
}
# Sections that open at a click: nothing in them is a matter of every day.
FOLDED = {
    "djstripe": _("Stripe mirror"),
    "procrastinate": _("Background jobs"),
}
# The models of a section in the order in which staff go from one to the next.
MODELS = (
    "CreditPlan",
    "Account",
    "Lot",
    "CreditTransaction",
    "Entry",
    "Hold",
    "Purchase",
    "Payment",
    "Refund",
    "Dispute",
    "StripeEvent",
)


class StaffSite(AdminSite):
    site_title = format_lazy("{} · {}", settings.SITE_NAME, _("Staff"))
    site_header = site_title
    index_title = _("Overview")

    # One way to log in: with the rate limits, the verified address and the second factor of the
    # site's own page.
    @method_decorator(secure_admin_login)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().login(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        apps = context["available_apps"]
        context["open_apps"] = [app for app in apps if app["app_label"] not in FOLDED]
        # One list each, as the stock template of sections wants it.
        context["folded_apps"] = [[app] for app in apps if app["app_label"] in FOLDED]
        return context

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        names = {**SECTIONS, **FOLDED}
        order = {label: place for place, label in enumerate(names)}
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = names.get(app["app_label"]) or app["name"]
            app["models"].sort(key=lambda model: _place(model["object_name"]))
        return sorted(apps, key=lambda app: order.get(app["app_label"], len(order)))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        # The overview reads models, which are not there yet when this module is imported.
        from billing.admin import overview  # noqa: PLC0415

        shown = overview.for_staff(request.user)
        return super().index(request, {**(extra_context or {}), "overview": shown})


def _place(model: str) -> int:
    return MODELS.index(model) if model in MODELS else len(MODELS)
