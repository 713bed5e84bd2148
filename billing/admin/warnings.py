"""Fraud warnings: payments that Stripe warned of, what waiting may cost, and the two ways out."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money
from billing.admin import exports, notes, refunding
from billing.admin.links import purchase_link
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import FraudWarning, Payment
from billing.staff import fraud
from billing.users import permissions
from credits.admin import columns
from credits.admin.deciding import DecisionPage, Done
from credits.admin.links import list_url, object_link
from credits.admin.searching import by_prefix, by_uuid
from credits.models import Lot


class Unanswered(admin.SimpleListFilter):
    title = gettext_lazy("answered")
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("Not answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        if self.value() != "no":
            return queryset
        return queryset.filter(pk__in=Payment.objects.warned().values("pk"))


class DismissalPage(DecisionPage):
    name = "dismiss"
    permission = permissions.RESOLVE_EVENT
    title = gettext_lazy("Dismiss")
    template = "admin/billing/decide.html"

    def facts(self) -> list[tuple[str, Any]]:
        return [
            (_("By"), columns.holder(self.row.purchase.account)),
            (_("Received"), received(self.row)),
            (_("Credits used"), used(self.row)),
        ]

    def consequences(self) -> list[str]:
        returned = (
            [_("Of this purchase, %s credits are on hold: they come back.") % on_hold(self.row)]
            if self.row.fraud_held
            else []
        )
        return [
            waiting(self.row),
            *returned,
            _("Nothing is refunded, and the warning leaves the list."),
        ]

    def decide(self, form: Any) -> Done:
        """Note why nothing is refunded."""
        reason = form.cleaned_data["reason"]
        try:
            fraud.dismiss(payment=self.row, reason=reason, by=self.user)
        except fraud.AlreadyAnswered as error:
            who = {"who": error.payment.fraud_looked_by}
            return Done(_("%(who)s looked at it before.") % who, level=messages.INFO)
        return Done(
            _("Noted. Nothing was refunded."),
            note=notes.because(reason, notes.code("warning_dismissed")),
        )

    def back(self) -> str:
        return list_url(FraudWarning, answered="no")


@admin.register(FraudWarning)
class FraudWarningAdmin(ReadOnlyAdmin):
    csv_columns = staticmethod(exports.payments)
    list_display = (
        "fraud_warned_at",
        "received",
        "used",
        "on_hold",
        "ways_out",
        "waiting",
        "holder",
        "purchase_link",
    )
    list_filter = (Unanswered,)
    list_select_related = ("purchase__lot", "purchase__account__user")
    ordering = ("-fraud_warned_at", "-pk")
    finders = (
        by_prefix("pi_", "stripe_payment_intent_id"),
        by_uuid("purchase__uuid"),
    )
    account_path = "purchase__account"
    search_help_text = gettext_lazy(
        "An id of Stripe's or a purchase's, whole, or the start of an address."
    )
    fields = (
        "payment_link",
        "purchase_link",
        "holder",
        "received",
        "used",
        "on_hold",
        "waiting",
        "fraud_warned_at",
        "fraud_looked_at",
        "fraud_looked_by",
        "fraud_note",
        "ways_out",
    )
    readonly_fields = (
        "payment_link",
        "purchase_link",
        "holder",
        "received",
        "used",
        "on_hold",
        "waiting",
        "ways_out",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        related = ("purchase__lot", "purchase__account__user", "fraud_looked_by")
        warned = super().get_queryset(request).filter(fraud_warned_at__isnull=False)
        # Where no purchase of ours was paid, there is nothing to decide here.
        paid = warned.filter(purchase__lot__isnull=False)
        return paid.select_related(*related).prefetch_related("refunds")

    def get_urls(self) -> list[URLPattern]:
        return [DismissalPage.url(self), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> Any:
        may = request.user.has_perm(permissions.RESOLVE_EVENT)
        return [name for name in self.list_display if may or name != "ways_out"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if request.user.has_perm(permissions.RESOLVE_EVENT) else self.fields[:-1]

    @admin.display(description=gettext_lazy("payment"))
    def payment_link(self, payment: Payment) -> str:
        return object_link(Payment(pk=payment.pk), payment)

    @admin.display(description=gettext_lazy("purchase"))
    def purchase_link(self, payment: Payment) -> str:
        return purchase_link(payment.purchase)

    @admin.display(description=gettext_lazy("by"))
    def holder(self, payment: Payment) -> str:
        return columns.holder(payment.purchase.account)

    @admin.display(description=gettext_lazy("received"))
    def received(self, payment: Payment) -> str:
        return received(payment)

    @admin.display(description=gettext_lazy("credits used"))
    def used(self, payment: Payment) -> str:
        return used(payment)

    @admin.display(description=gettext_lazy("credits on hold"))
    def on_hold(self, payment: Payment) -> str:
        return on_hold(payment)

    @admin.display(description=gettext_lazy("what waiting may cost"))
    def waiting(self, payment: Payment) -> str:
        return waiting(payment)

    @admin.display(description=gettext_lazy("decide"))
    def ways_out(self, payment: Payment) -> str:
        if payment.fraud_looked_at:
            return "-"
        dismiss = reverse("admin:billing_fraudwarning_dismiss", args=[payment.pk])
        refund = reverse("admin:billing_purchase_refund", args=[payment.purchase.pk])
        filled = urlencode({"amount": refunding.ALL, "reason": _("Early fraud warning")})
        return format_html(
            '<a href="{}?{}">{}</a> · <a href="{}">{}</a>',
            refund,
            filled,
            _("Refund"),
            dismiss,
            _("Dismiss"),
        )


def received(payment: Payment) -> str:
    return money.format_money(payment.amount_received, payment.currency)


def used(payment: Payment) -> str:
    lot = _lot(payment)
    return _("%(used)s of %(granted)s") % {
        "used": columns.number(lot.spent + lot.held),
        "granted": columns.number(lot.granted),
    }


def on_hold(payment: Payment) -> str:
    return columns.number(payment.fraud_held) if payment.fraud_held else "-"


def waiting(payment: Payment) -> str:
    """Say what a dispute would cost, and how much more may be used until then."""
    sent_back = sum(refund.unit_amount for refund in payment.refunds.all() if not refund.has_failed)
    return _(
        "A dispute takes %(money)s and adds the bank's fee; until then %(left)s more credits "
        "can be used."
    ) % {
        "money": money.format_money(payment.amount_received - sent_back, payment.currency),
        "left": columns.number(payment.purchase.credits_left(at=timezone.now())),
    }


def _lot(payment: Payment) -> Lot:
    """Give the credits that a listed payment bought; the list holds no others."""
    return cast("Lot", payment.purchase.lot)
