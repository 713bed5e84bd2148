"""Credits that were used and are no longer paid for: whose, what they are worth, and letting go."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money
from billing.admin import deciding
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import Shortfall
from credits import write_offs
from credits.admin.columns import AccountColumn, holder, number, staff
from credits.admin.links import list_url, object_link
from credits.admin.readonly import ReadOnlyInline
from credits.admin.searching import Finder, by_number
from credits.errors import KeyConflict
from credits.models import Lot, WriteOff

PERMISSION = "credits.write_off_shortfall"


class WriteOffForm(deciding.ReasonForm):
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


@admin.register(Shortfall)
class ShortfallAdmin(AccountColumn, ReadOnlyAdmin):
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
        view = self.admin_site.admin_view(self.write_off)
        ours = [path("<int:lot_id>/write-off/", view, name="billing_shortfall_write_off")]
        return ours + super().get_urls()

    def get_list_display(self, request: HttpRequest) -> Any:
        may = request.user.has_perm(PERMISSION)
        return self.list_display if may else self.list_display[:-1]

    def write_off(self, request: HttpRequest, lot_id: int) -> HttpResponse:
        """
        Ask how much and why, and write it off.

        :raises PermissionDenied: if the person may not
        """
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        lot = get_object_or_404(self.get_queryset(request), pk=lot_id)
        initial = {"credits": write_offs.owed(lot), "nonce": uuid4()}
        form = WriteOffForm(request.POST or None, initial=initial)
        if form.is_valid() and _write_off(request, lot, form):
            row = f"{form.cleaned_data['credits']} credits: {form.cleaned_data['reason']}"
            self.log_change(request, lot, f"Wrote off {row}")
            return HttpResponseRedirect(list_url(Shortfall, owed="yes"))
        return deciding.render(
            self,
            request,
            row=lot,
            form=form,
            verb=_("Write off"),
            facts=[
                (_("By"), holder(lot.account)),
                (_("Shortfall"), self.short(lot)),
                (_("Still owed"), self.owed(lot)),
                (_("Worth"), self.worth(lot)),
            ],
            words=[
                _("No credits and no money move. What is written off is owed no longer, for good."),
            ],
        )

    @admin.display(description=gettext_lazy("lot"))
    def lot_link(self, lot: Shortfall) -> str:
        return object_link(Lot(pk=lot.pk), lot.pk)

    @admin.display(description=gettext_lazy("purchase"))
    def purchase_link(self, lot: Shortfall) -> str:
        purchase = getattr(lot, "purchase", None)
        return object_link(purchase, purchase and str(purchase.uuid)[:8])

    @admin.display(description=gettext_lazy("shortfall"))
    def short(self, lot: Shortfall) -> str:
        return number(lot.shortfall)

    @admin.display(description=gettext_lazy("still owed"))
    def owed(self, lot: Any) -> str:
        return number(lot.credits_owed)

    @admin.display(description=gettext_lazy("worth"))
    def worth(self, lot: Any) -> str:
        """Say what the credits still owed were sold for, in proportion."""
        payment = getattr(getattr(lot, "purchase", None), "payment", None)
        if payment is None or not payment.currency:
            return "-"
        owed = lot.credits_owed
        return money.format_money(payment.amount_received * owed // lot.granted, payment.currency)

    @admin.display(description=gettext_lazy("decide"))
    def write_off_link(self, lot: Any) -> str:
        if lot.credits_owed <= 0:
            return "-"
        url = reverse("admin:billing_shortfall_write_off", args=[lot.pk])
        return format_html('<a href="{}">{}</a>', url, _("Write off"))


def _write_off(request: HttpRequest, lot: Lot, form: WriteOffForm) -> bool:
    credits_ = form.cleaned_data["credits"]
    try:
        write_offs.write_off(
            lot=lot,
            credits=credits_,
            reason=form.cleaned_data["reason"],
            actor=staff(request.user),
            key=f"staff:{form.cleaned_data['nonce']}",
        )
    except write_offs.NothingOwed as error:
        words = {"owed": number(error.owed)}
        form.add_error("credits", _("Nothing was written off: %(owed)s are owed.") % words)
        return False
    except KeyConflict:
        form.add_error(None, _("This page was used before with other values. Start again."))
        return False
    messages.success(
        request, _("%(credits)s credits were written off.") % {"credits": number(credits_)}
    )
    return True
