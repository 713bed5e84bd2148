"""Credits that arrived together, and what became of them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from credits.admin import exports
from credits.admin.columns import AccountColumn
from credits.admin.links import OfAccount, list_link
from credits.admin.readonly import ReadOnlyAdmin
from credits.admin.searching import Finder, by_number
from credits.models import Lot, Movement


class Open(admin.SimpleListFilter):
    """Lots with something left. The stock filter would look through the table for its choices."""

    title = _("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Something left")), ("no", _("Nothing left"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(is_open=self.value() == "yes")


class WithShortfall(admin.SimpleListFilter):
    """Lots of which more was used than is still paid for."""

    title = _("shortfall")
    parameter_name = "shortfall"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("With a shortfall"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.short() if self.value() == "yes" else queryset


@admin.register(Lot)
class LotAdmin(AccountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.lots)
    list_display = (
        "id",
        "account_link",
        "kind",
        "granted",
        "remaining",
        "shortfall",
        "expires_at",
        "created_at",
    )
    list_filter = ("kind", Open, WithShortfall, "created_at", OfAccount)
    list_select_related = ("account__user",)
    finders = (by_number("pk"), Finder(r"\S+:\S+", ("source",)))
    account_path = "account"
    search_help_text = _("The number or the source of a lot, or the start of an e-mail address.")
    fields = (
        "account_link",
        "source",
        "kind",
        "granted",
        "spent",
        "held",
        "expired",
        "adjusted_off",
        "pending",
        "clawed_back",
        "clawback_target",
        "remaining",
        "shortfall",
        "priority",
        "starts_at",
        "expires_at",
        "created_at",
        "more",
    )
    readonly_fields = ("account_link", "shortfall", "more")

    @admin.display(description=_("shortfall"))
    def shortfall(self, lot: Lot) -> int:
        return lot.shortfall

    @admin.display(description=_("see also"))
    def more(self, lot: Lot) -> str:
        # By way of its account, which has the index.
        return list_link(
            Movement,
            _("What happened to this lot"),
            lot__id__exact=lot.pk,
            account__id__exact=lot.account_id,
        )
