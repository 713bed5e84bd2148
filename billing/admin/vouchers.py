"""The codes of vouchers, by how they begin: how often each was redeemed, and switching one off."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import vouchers
from billing.admin import exports, notes
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import Voucher, VoucherRedemption
from billing.vouchers import codes
from credits.admin.columns import number
from credits.admin.deciding import DecisionPage, Done
from credits.admin.links import Chosen, list_link, object_link
from credits.admin.searching import Finder


class OfBatch(Chosen):
    title = gettext_lazy("voucher batch")
    field = "batch"
    parameter_name = "batch__id__exact"


class Used(admin.SimpleListFilter):
    title = gettext_lazy("redeemed")
    parameter_name = "redeemed"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Redeemed")), ("no", gettext_lazy("Never redeemed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return (
            queryset.filter(redeemed__gt=0)
            if self.value() == "yes"
            else queryset.filter(redeemed=0)
        )


class SwitchPage(DecisionPage):
    name = "switch"
    permission = vouchers.SWITCH
    title = gettext_lazy("Switch")
    template = "admin/billing/decide.html"

    def form(self) -> forms.Form:
        return forms.Form(self.request.POST if self.request.method == "POST" else None)

    def facts(self) -> list[tuple[str, Any]]:
        return [
            (_("Voucher batch"), self.row.batch),
            (_("Redeemed"), f"{number(self.row.redeemed)} / {number(self.row.uses)}"),
        ]

    def consequences(self) -> list[str]:
        if self.row.is_active:
            return [_("Nobody can redeem this code any more. Credits that it gave stay.")]
        return [_("This code can be redeemed again, as far as its batch allows it.")]

    def show(self, form: forms.Form, **context: Any) -> Any:
        verb = _("Switch off") if self.row.is_active else _("Switch on")
        return super().show(form, **{"title": verb, "button": verb, **context})

    def decide(self, form: forms.Form) -> Done:
        is_active = not self.row.is_active
        vouchers.switch(self.row, is_active=is_active, by=self.user)
        if is_active:
            return Done(_("%s can be redeemed again.") % self.row, note=notes.code("switched_on"))
        return Done(
            _("%s cannot be redeemed any more.") % self.row, note=notes.code("switched_off")
        )


class ByCode(Finder):
    """A whole code, in any spelling, or its first four characters in capitals."""

    def find(self, term: str) -> Any:
        """Match by digest or by beginning."""
        prefix, digest = self.lookups
        plain = codes.normalized(term)
        if len(plain) == codes.LENGTH and set(plain) <= set(codes.ALPHABET):
            return Finder(r".*", (digest,)).find(codes.digest(plain))
        return Finder(self.shape, (prefix,)).find(term)


def by_code(path: str = "") -> ByCode:
    return ByCode(r"[0-9A-Z]{4}", (f"{path}prefix", f"{path}digest"))


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    csv_columns = staticmethod(exports.vouchers)
    list_display = ("prefix", "number", "batch_link", "redeemed", "uses", "is_active")
    list_filter = ("is_active", Used, OfBatch)
    list_select_related = ("batch",)
    finders = (by_code(),)
    search_help_text = gettext_lazy("A code, or its first four characters in capitals.")
    fields = ("prefix", "number", "batch_link", "redeemed", "uses", "is_active", "more")
    readonly_fields = ("batch_link", "more")

    def get_urls(self) -> list[URLPattern]:
        return [SwitchPage.url(self), *super().get_urls()]

    @admin.display(description=gettext_lazy("voucher batch"))
    def batch_link(self, voucher: Voucher) -> str:
        return object_link(voucher.batch)

    @admin.display(description=gettext_lazy("see also"))
    def more(self, voucher: Voucher) -> str:
        return list_link(VoucherRedemption, _("Who redeemed it"), voucher__id__exact=voucher.pk)
