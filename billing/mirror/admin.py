"""
dj-stripe's pages, made view-only: what Stripe holds, as its mirror shows it.

dj-stripe's own admin edits, deletes, calls Stripe and shows API keys. None of that is wanted
here, so each model that the mirror fills gets a plain page, and the others get none.
"""

from typing import Any

import djstripe.admin  # noqa: F401 (registers its pages, which ours replace)
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.raw import pretty
from billing.admin.readonly import ReadOnlyAdmin
from credits.admin.columns import clipped
from credits.admin.searching import by_prefix

SHOWN = (
    "BalanceTransaction",
    "Charge",
    "Customer",
    "Dispute",
    "Event",
    "PaymentIntent",
    "PaymentMethod",
    "Price",
    "Product",
    "Refund",
    "Session",
)


class MirrorAdmin(ReadOnlyAdmin):
    """Any of Stripe's objects: its id, and all of it."""

    list_display = ["short_id", "livemode", "created", "djstripe_updated"]
    list_filter = ("livemode", "created")
    fields = ["id", "livemode", "created", "djstripe_updated", "at_stripe"]
    readonly_fields = ("at_stripe",)
    finders = (by_prefix("", "id"),)
    search_help_text = _("Stripe's id, whole.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("stripe_data")

    @admin.display(description=_("id"))
    def short_id(self, obj: Any) -> str:
        return clipped(obj.pk, text=True)

    @admin.display(description=_("as Stripe shows it"))
    def at_stripe(self, obj: Any) -> SafeString:
        return pretty(obj.stripe_data)


class CustomerAdmin(MirrorAdmin):
    list_display = ["short_id", "subscriber", "livemode", "created", "djstripe_updated"]
    list_select_related = ("subscriber",)
    fields = ["id", "subscriber", "livemode", "created", "djstripe_updated", "at_stripe"]


def fold(site: AdminSite) -> None:
    """Take dj-stripe's pages off the site, and put ours where the mirror has something."""
    for model in apps.get_app_config("djstripe").get_models():
        if site.is_registered(model):
            site.unregister(model)
        if model.__name__ in SHOWN:
            site.register(model, _admin_for(model))


def _admin_for(model: type[Model]) -> type[MirrorAdmin]:
    return CustomerAdmin if model.__name__ == "Customer" else MirrorAdmin


fold(admin.site)
