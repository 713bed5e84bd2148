"""Credits that were used and are no longer paid for: whose, what they are worth, and letting go."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money
from billing.admin import exports, notes
from billing.admin.links import purchase_link
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import Shortfall
from credits import write_offs
from credits.admin.columns import AccountColumn, holder, number, staff
from credits.admin.deciding import DecisionPage, Done, ReasonForm, Refused
from credits.admin.links import list_url, object_link
from credits.admin.readonly import ReadOnlyInline
from credits.admin.searching import Finder, by_number
from credits.errors import KeyConflict
from credits.models import Lot, WriteOff

PERMISSION = "credits.write_off_shortfall"


class WriteOffForm(ReasonForm):
    credits = forms.IntegerField(label=gettext_lazy("Credits"), min_value=1)
    nonce = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("credits", "reason", "nonce")


class Owed(admin.SimpleListFilter):
    title = gettext_lazy("owed")
    parameter_name = "owed"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Not written off"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(credits_owed__gt=0) if self.value() == "yes" else queryset


class WriteOffInline(ReadOnlyInline):
    model = WriteOff
    fields = ("credits", "reason", "actor", "created_at")


class WriteOffPage(DecisionPage):
    name = "write-off"
    permission = PERMISSION
    title = gettext_lazy("Write off")
    template = "admin/billing/decide.html"

    def form(self) -> WriteOffForm:
        initial = {"credits": write_offs.owed(self.row), "nonce": uuid4()}
        return WriteOffForm(self.request.POST or None, initial=initial)

    def facts(self) -> list[tuple[str, Any]]:
        return [
            (_("By"), holder(self.row.account)),
            (_("Shortfall"), number(self.row.shortfall)),
            (_("Still owed"), number(self.row.credits_owed)),
            (_("Worth"), worth(self.row)),
        ]

    def consequences(self) -> list[str]:
        return [_("No credits and no money move. What is written off is owed no longer, for good.")]

    def decide(self, form: WriteOffForm) -> Done:
        """Write off what the form says."""
        credits_, reason = form.cleaned_data["credits"], form.cleaned_data["reason"]
        try:
            write_offs.write_off(
                lot=self.row,
                credits=credits_,
                reason=reason,
                actor=staff(self.user),
                key=f"staff:{form.cleaned_data['nonce']}",
            )
        except write_offs.NothingOwed as error:
            owed = {"owed": number(error.owed)}
            message = _("Nothing was written off: %(owed)s are owed.") % owed
            raise Refused(message, field="credits") from error
        except KeyConflict as error:
            message = _("This page was used before with other values. Start again.")
            raise Refused(message) from error
        return Done(
            _("%(credits)s credits were written off.") % {"credits": number(credits_)},
            note=notes.because(reason, notes.code("wrote_off", credits=credits_)),
        )

    def back(self) -> str:
        return list_url(Shortfall, owed="yes")


@admin.register(Shortfall)
class ShortfallAdmin(AccountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.shortfalls)
    list_display = (
        "id",
        "account_link",
        "purchase_link",
        "short",
        "owed",
        "worth",
        "write_off_link",
    )
    list_filter = (Owed,)
    list_select_related = ("account__user", "purchase__payment")
    finders = (by_number("pk"), Finder(r"\S+:\S+", ("source",)))
    account_path = "account"
    search_help_text = gettext_lazy(
        "The number or the source of a lot, or the start of an e-mail address."
    )
    fields = ("lot_link", "account_link", "purchase_link", "short", "owed", "worth")
    readonly_fields = fields
    inlines = (WriteOffInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.select_related("account__user", "purchase__payment").owing()

    def get_urls(self) -> list[URLPattern]:
        return [WriteOffPage.url(self), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> Any:
        may = request.user.has_perm(PERMISSION)
        return self.list_display if may else self.list_display[:-1]

    @admin.display(description=gettext_lazy("lot"))
    def lot_link(self, lot: Shortfall) -> str:
        return object_link(Lot(pk=lot.pk), lot.pk)

    @admin.display(description=gettext_lazy("purchase"))
    def purchase_link(self, lot: Shortfall) -> str:
        return purchase_link(getattr(lot, "purchase", None))

    @admin.display(description=gettext_lazy("shortfall"))
    def short(self, lot: Shortfall) -> str:
        return number(lot.shortfall)

    @admin.display(description=gettext_lazy("still owed"))
    def owed(self, lot: Any) -> str:
        return number(lot.credits_owed)

    @admin.display(description=gettext_lazy("worth"))
    def worth(self, lot: Any) -> str:
        return worth(lot)

    @admin.display(description=gettext_lazy("decide"))
    def write_off_link(self, lot: Any) -> str:
        if lot.credits_owed <= 0:
            return "-"
        url = reverse("admin:billing_shortfall_write_off", args=[lot.pk])
        return format_html('<a href="{}">{}</a>', url, _("Write off"))


def worth(lot: Any) -> str:
    """Say what the credits still owed were sold for, in proportion."""
    payment = getattr(getattr(lot, "purchase", None), "payment", None)
    if payment is None or not payment.currency:
        return "-"
    owed = lot.credits_owed
    return money.format_money(payment.amount_received * owed // lot.granted, payment.currency)
