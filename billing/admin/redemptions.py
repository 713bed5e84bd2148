"""Who redeemed which voucher."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.admin import exports
from billing.admin.readonly import ReadOnlyAdmin
from billing.admin.vouchers import OfBatch, by_code
from billing.models import VoucherRedemption
from credits.admin.columns import AccountColumn, LotColumn, number
from credits.admin.links import Chosen, OfAccount, object_link
from credits.admin.searching import by_number


class OfVoucher(Chosen):
    title = _("voucher")
    field = "voucher"
    parameter_name = "voucher__id__exact"


@admin.register(VoucherRedemption)
class VoucherRedemptionAdmin(AccountColumn, LotColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.redemptions)
    list_display = (
        "id",
        "account_link",
        "batch_link",
        "voucher_link",
        "credits",
        "lot_link",
        "created_at",
    )
    list_filter = ("created_at", OfBatch, OfVoucher, OfAccount)
    list_select_related = ("account__user", "batch", "voucher", "lot")
    finders = (by_code("voucher__"), by_number("pk"))
    account_path = "account"
    search_help_text = _(
        "A code, its first four characters in capitals, or the start of an e-mail address."
    )
    fields = ("account_link", "batch_link", "voucher_link", "credits", "lot_link", "created_at")
    readonly_fields = ("account_link", "batch_link", "voucher_link", "credits", "lot_link")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related)

    @admin.display(description=_("voucher batch"))
    def batch_link(self, redemption: VoucherRedemption) -> str:
        return object_link(redemption.batch)

    @admin.display(description=_("voucher"))
    def voucher_link(self, redemption: VoucherRedemption) -> str:
        return object_link(redemption.voucher)

    @admin.display(description=_("credits"))
    def credits(self, redemption: VoucherRedemption) -> str:
        return number(redemption.lot.granted)
