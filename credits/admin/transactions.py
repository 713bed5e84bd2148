"""What happened, operation by operation."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from credits.admin import columns, exports
from credits.admin.columns import AccountColumn, AmountColumn, LotColumn
from credits.admin.links import OfAccount, OfLot, object_link
from credits.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from credits.admin.searching import by_number
from credits.models import CreditTransaction, Movement


class MovementInline(LotColumn, AmountColumn, ReadOnlyInline):
    model = Movement
    fields = ("lot_link", "change")
    verbose_name_plural = _("lots that it touched")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movement]:
        return super().get_queryset(request).select_related("lot")


@admin.register(CreditTransaction)
class CreditTransactionAdmin(AccountColumn, AmountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.transactions)
    list_display = (
        "id",
        "account_link",
        "kind",
        "change",
        "balance_after",
        "short_description",
        "short_actor",
        "created_at",
    )
    list_filter = ("kind", "created_at", OfAccount)
    list_select_related = ("account__user",)
    finders = (by_number("pk"),)
    account_path = "account"
    search_help_text = _("The number of a transaction, or the start of an e-mail address.")
    fields = (
        "account_link",
        "seq",
        "kind",
        "change",
        "balance_after",
        "key",
        "undoes",
        "operation",
        "description",
        "metadata",
        "actor",
        "created_at",
    )
    readonly_fields = ("account_link", "change")
    inlines = (MovementInline,)

    @admin.display(description=_("description"))
    def short_description(self, transaction: CreditTransaction) -> str:
        return columns.clipped(transaction.description, text=True)

    @admin.display(description=_("actor"))
    def short_actor(self, transaction: CreditTransaction) -> str:
        return columns.clipped(transaction.actor)


@admin.register(Movement)
class MovementAdmin(AccountColumn, LotColumn, AmountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.movements)
    list_display = ("transaction_link", "lot_link", "account_link", "change", "created_at")
    list_display_links = None
    ordering = ("-transaction_id", "id")
    list_filter = (OfLot, OfAccount)
    list_select_related = ("transaction", "lot", "account__user")
    finders = (by_number("transaction_id", "lot_id"),)
    account_path = "account"
    search_help_text = _("The number of a transaction or a lot, or the start of an e-mail address.")
    fields = ("transaction_link", "lot_link", "account_link", "change", "created_at")
    readonly_fields = fields

    @admin.display(description=_("transaction"))
    def transaction_link(self, movement: Movement) -> str:
        return object_link(movement.transaction)

    @admin.display(description=_("created at"))
    def created_at(self, movement: Movement) -> object:
        return movement.transaction.created_at
