"""Credits set aside for work whose price is not known yet."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from credits.admin import columns, exports
from credits.admin.columns import AccountColumn, LotColumn
from credits.admin.links import OfAccount
from credits.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from credits.admin.searching import by_number
from credits.models import Hold, HoldEntry


class HoldEntryInline(LotColumn, ReadOnlyInline):
    model = HoldEntry
    fields = ("lot_link", "captured")
    verbose_name_plural = _("lots that were charged")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HoldEntry]:
        return super().get_queryset(request).select_related("lot")


@admin.register(Hold)
class HoldAdmin(AccountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.holds)
    list_display = (
        "id",
        "account_link",
        "credits",
        "captured",
        "status",
        "short_key",
        "expires_at",
    )
    list_filter = ("status", "created_at", OfAccount)
    default_filters = {"status__exact": Hold.Status.HELD}
    list_select_related = ("account__user",)
    finders = (by_number("pk"),)
    account_path = "account"
    search_help_text = _("The number of a hold, or the start of an e-mail address.")
    fields = (
        "account_link",
        "transaction",
        "key",
        "operation",
        "credits",
        "captured",
        "status",
        "expires_at",
        "created_at",
        "closed_at",
    )
    readonly_fields = ("account_link",)
    inlines = (HoldEntryInline,)

    @admin.display(description=_("key"))
    def short_key(self, hold: Hold) -> str:
        return columns.clipped(hold.key, text=True)
