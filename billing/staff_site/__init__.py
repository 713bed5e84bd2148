"""
An admin site for staff: Django's own, with the ledger and the shop first and their figures on top.

A project takes it with its own `AdminConfig`: `default_site = "billing.staff_site.StaffSite"`. The
ledger's and billing's pages are the same without it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class StaffSite(AdminSite):
    index_title = _("Overview")
    index_template = "admin/billing/index.html"

    # Sections in their order, by app, with a name where the app's own would not tell staff enough.
    # Whatever is not listed comes after these.
    sections: ClassVar[Mapping[str, str | Promise | None]] = {"credits": None, "billing": None}
    # Sections that open at a click: nothing in them is a matter of every day.
    folded: ClassVar[Mapping[str, str | Promise | None]] = {}
    # The models of a section in the order in which staff go from one to the next.
    models: ClassVar[Sequence[str]] = (
        "CreditPlan",
        "Operation",
        "Account",
        "Lot",
        "CreditTransaction",
        "Movement",
        "Hold",
        "Purchase",
        "Payment",
        "Refund",
        "Dispute",
        "StripeEvent",
        "TopUpRule",
        "TopUp",
        "Consent",
        "SavedCard",
        "VoucherBatch",
        "Voucher",
        "VoucherRedemption",
    )

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        apps = context["available_apps"]
        context["open_apps"] = [app for app in apps if app["app_label"] not in self.folded]
        # One list each, as the stock template of sections wants it.
        context["folded_apps"] = [[app] for app in apps if app["app_label"] in self.folded]
        return context

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        names = {**self.sections, **self.folded}
        order = {label: place for place, label in enumerate(names)}
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = names.get(app["app_label"]) or app["name"]
            app["models"].sort(key=lambda model: self._place(model["object_name"]))
        return sorted(apps, key=lambda app: order.get(app["app_label"], len(order)))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        # The overview reads models, which are not there yet when this module is imported.
        from billing.staff_site import overview  # noqa: PLC0415

        shown = overview.for_staff(request.user, request.GET.get("period"))
        return super().index(request, {**(extra_context or {}), "overview": shown})

    def _place(self, model: str) -> int:
        return self.models.index(model) if model in self.models else len(self.models)
