"""
dj-stripe's pages, made view-only: what Stripe holds, as its mirror shows it.

dj-stripe's own admin edits, deletes, calls Stripe and shows API keys. None of that is wanted
here, so each model that the mirror fills gets a plain page, and the others get none.
"""

from collections.abc import Mapping
from typing import Any, Final

import djstripe.admin  # noqa: F401 (registers its pages, which ours replace)
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.raw import pretty
from billing.admin.readonly import ReadOnlyAdmin
from credits.admin import overlay
from credits.admin.columns import clipped
from credits.admin.searching import by_prefix

# What the mirror fills: one, many.
SHOWN: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "BalanceTransaction": (_("balance transaction"), _("balance transactions")),
    "Charge": (_("charge"), _("charges")),
    "Customer": (_("customer"), _("customers")),
    "Dispute": (_("dispute"), _("disputes")),
    "Event": (_("event"), _("events")),
    "PaymentIntent": (_("payment intent"), _("payment intents")),
    "PaymentMethod": (_("payment method"), _("payment methods")),
    "Price": (_("price"), _("prices")),
    "Product": (_("product"), _("products")),
    "Refund": (_("refund"), _("refunds")),
    "Session": (_("Checkout Session"), _("Checkout Sessions")),
}
FIELDS: Final = {
    "livemode": _("live mode"),
    "created": _("created at"),
    "djstripe_updated": _("updated at"),
}


class MirrorAdmin(ReadOnlyAdmin):
    """Any of Stripe's objects: its id, and all of it."""

    list_display = ["short_id", "livemode", "created", "djstripe_updated"]
    list_filter = ("livemode", "created")
    # Not the fields themselves: their help texts speak English alone.
    fields = ["id", "is_live", "created_at", "djstripe_updated", "at_stripe"]
    readonly_fields = ("is_live", "created_at", "at_stripe")
    finders = (by_prefix("", "id"),)
    search_help_text = _("Stripe's id, whole.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("stripe_data")

    @admin.display(description=_("live mode"), boolean=True)
    def is_live(self, obj: Any) -> bool | None:
        mode: bool | None = obj.livemode
        return mode

    @admin.display(description=_("created at"))
    def created_at(self, obj: Any) -> Any:
        return obj.created

    @admin.display(description=_("id"))
    def short_id(self, obj: Any) -> str:
        return clipped(obj.pk, text=True)

    @admin.display(description=_("as Stripe shows it"))
    def at_stripe(self, obj: Any) -> SafeString:
        return pretty(obj.stripe_data)


class CustomerAdmin(MirrorAdmin):
    list_display = ["short_id", "person", "livemode", "created", "djstripe_updated"]
    list_select_related = ("subscriber",)
    fields = ["id", "person", "is_live", "created_at", "djstripe_updated", "at_stripe"]
    readonly_fields = ("person", *MirrorAdmin.readonly_fields)  # type: ignore[assignment]

    @admin.display(description=_("user"))
    def person(self, customer: Any) -> str:
        return str(customer.subscriber or "-")


def fold(site: AdminSite) -> None:
    """Take dj-stripe's pages off the site, and put ours where the mirror has something."""
    apps.get_app_config("djstripe").verbose_name = _("Stripe mirror")
    for model in apps.get_app_config("djstripe").get_models():
        if site.is_registered(model):
            site.unregister(model)
        if model.__name__ in SHOWN:
            overlay.names(model, *SHOWN[model.__name__], FIELDS)
            overlay.rows(model, lambda row: str(row.id))
            site.register(model, _admin_for(model))


def _admin_for(model: type[Model]) -> type[MirrorAdmin]:
    return CustomerAdmin if model.__name__ == "Customer" else MirrorAdmin


fold(admin.site)
