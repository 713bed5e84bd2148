"""Disputes, those that wait for an answer first: what the bank says, and until when it listens."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing import money
from billing.admin import exports
from billing.admin.events import OfPayment
from billing.admin.links import ByShortNumber
from billing.admin.payments import Money
from billing.admin.readonly import ReadOnlyAdmin
from billing.models import Dispute
from billing.staff_site.deadlines import time_left
from billing.staff_site.stripe_pages import answer_link
from credits.admin import columns
from credits.admin.searching import by_number, by_prefix, by_uuid


class Standing(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("answer", _("To be answered")),
            ("open", _("The bank holds the money")),
            ("decided", _("Decided")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
        match self.value():
            case "answer":
                return queryset.filter(status__in=Dispute.TO_ANSWER)
            case "open":
                return queryset.filter(pk__in=Dispute.objects.open().values("pk"))
            case "decided":
                return queryset.filter(status__in=Dispute.DECIDED)
        return queryset


@admin.register(Dispute)
class DisputeAdmin(Money, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.disputes)
    list_display = (
        "short_id",
        "purchase_link",
        "holder",
        "money",
        "state_in_words",
        "reason_in_words",
        "due",
        "answer",
        "created_at",
    )
    list_filter = (Standing, "created_at", OfPayment)
    list_select_related = ("payment__purchase__account__user",)
    finders = (
        ByShortNumber("payment__purchase__uuid"),
        by_number("pk"),
        by_prefix("du_|dp_", "stripe_dispute_id"),
        by_prefix("pi_", "payment__stripe_payment_intent_id"),
        by_uuid("payment__purchase__uuid"),
    )
    account_path = "payment__purchase__account"
    search_help_text = _("An id of Stripe's or a purchase's, whole, or the start of an address.")
    fields = (
        "stripe_dispute_id",
        "payment",
        "purchase_link",
        "holder",
        "money",
        "taken",
        "state_in_words",
        "reason_in_words",
        "due",
        "answer",
        "created_at",
        "updated_at",
    )
    readonly_fields = (
        "purchase_link",
        "holder",
        "money",
        "taken",
        "state_in_words",
        "reason_in_words",
        "due",
        "answer",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_ordering(self, request: HttpRequest) -> Any:
        """Put the soonest due first where all of them wait for an answer."""
        if request.GET.get(Standing.parameter_name) == "answer":
            return [F("due_by").asc(nulls_last=True), "pk"]
        return super().get_ordering(request)

    @admin.display(description=_("by"))
    def holder(self, dispute: Dispute) -> str:
        purchase = getattr(dispute.payment, "purchase", None)
        return columns.clipped(columns.holder(purchase.account), text=True) if purchase else "-"

    @admin.display(description=_("holds back"))
    def taken(self, dispute: Dispute) -> str:
        return money.format_money(dispute.withdrawn, dispute.currency)

    @admin.display(description=_("answer due"))
    def due(self, dispute: Dispute) -> SafeString | str:
        """Say how much time is left, with the instant behind it."""
        if dispute.due_by is None or not dispute.is_to_be_answered:
            return "-"
        until = date_format(timezone.localtime(dispute.due_by), "DATETIME_FORMAT")
        left = time_left(dispute.due_by, at=timezone.now())
        return format_html('<span title="{}">{}</span>', until, left)

    @admin.display(description=_("answer"))
    def answer(self, dispute: Dispute) -> SafeString | str:
        return answer_link(dispute)
