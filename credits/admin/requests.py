"""Adjustments that wait for a second person: what was asked for, by whom, and the two answers."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits import adjustments, ledger
from credits.admin import columns, exports, notes
from credits.admin.deciding import DecisionPage, Done, Refused
from credits.admin.links import OfAccount, object_link
from credits.admin.readonly import ReadOnlyAdmin
from credits.admin.searching import by_number
from credits.models import AdjustmentRequest
from credits.models.lots import DEFAULT_PRIORITY

PERMISSION = "credits.approve_adjustment"


class DecisionForm(forms.Form):
    """Two buttons, which the template draws, and nothing to fill in: the request has a reason."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("reject", "reject")])

    def visible_fields(self) -> list[forms.BoundField]:
        return []


class ApprovalPage(DecisionPage):
    name = "decide"
    permission = PERMISSION
    title = gettext_lazy("Decide")
    template = "admin/credits/adjustmentrequest/decide.html"

    def impediment(self) -> str:
        return _impediment(self.request, self.row)

    def form(self) -> DecisionForm:
        return DecisionForm(self.request.POST or None)

    def facts(self) -> list[tuple[str, Any]]:
        account = self.row.account
        return [
            (_("Account"), object_link(account, columns.holder(account))),
            (_("Credits"), columns.change(self.row.credits)),
            *_terms(self.row),
            (_("Can be spent now"), columns.number(ledger.balance(account))),
            (_("Reason"), self.row.reason),
            (_("Asked by"), columns.person(self.row.asked_by)),
        ]

    def decide(self, form: DecisionForm) -> Done:
        """Call the verb that was chosen."""
        approved = form.cleaned_data["decision"] == "approve"
        verb = adjustments.approve if approved else adjustments.reject
        try:
            verb(request=self.row, decided_by=columns.staff(self.user))
        except ledger.InsufficientCredits as error:
            available = {"available": columns.number(error.available)}
            message = _("Nothing was adjusted: only %(available)s can be taken away.") % available
            raise Refused(message) from error
        except ledger.KeyConflict as error:
            message = _(
                "Nothing was adjusted: the form that asked was used for another adjustment."
            )
            raise Refused(message) from error
        except adjustments.AlreadyDecided as error:
            return Done(_impediment(self.request, error.request), level=messages.INFO)
        if not approved:
            return Done(_("Rejected. Nothing was adjusted."), note=notes.code("rejected"))
        change = {"credits": columns.change(self.row.credits)}
        return Done(_("Adjusted by %(credits)s credits.") % change, note=notes.code("approved"))


def _moment(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _terms(row: AdjustmentRequest) -> list[tuple[str, Any]]:
    """Name what is unusual of credits that are given."""
    return [
        *([(_("Priority"), row.priority)] if row.priority != DEFAULT_PRIORITY else []),
        *([(_("Can be spent from"), _moment(row.starts_at))] if row.starts_at else []),
    ]


@admin.register(AdjustmentRequest)
class AdjustmentRequestAdmin(columns.AccountColumn, ReadOnlyAdmin):
    csv_columns = staticmethod(exports.requests)
    list_display = (
        "id",
        "account_link",
        "change",
        "short_reason",
        "short_asker",
        "status",
        "short_decider",
        "created_at",
    )
    list_filter = ("status", "created_at", OfAccount)
    default_filters = {"status__exact": AdjustmentRequest.Status.ASKED}
    list_select_related = ("account__user",)
    finders = (by_number("pk"),)
    account_path = "account"
    search_help_text = gettext_lazy("The number of a request, or the start of an e-mail address.")
    fields = (
        "account_link",
        "change",
        "priority",
        "starts_at",
        "reason",
        "status",
        "asker",
        "created_at",
        "decider",
        "decided_at",
        "transaction_link",
    )
    readonly_fields = ("account_link", "change", "asker", "decider", "transaction_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AdjustmentRequest]:
        return super().get_queryset(request).select_related("account__user", "transaction")

    def get_urls(self) -> list[URLPattern]:
        return [ApprovalPage.url(self), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        asked = self.get_object(request, object_id)
        may = request.user.has_perm(PERMISSION) and asked and not _impediment(request, asked)
        return super().change_view(request, object_id, form_url, {"may_decide": may})

    @admin.display(description=gettext_lazy("credits"))
    def change(self, row: AdjustmentRequest) -> str:
        return columns.change(row.credits)

    @admin.display(description=gettext_lazy("reason"))
    def short_reason(self, row: AdjustmentRequest) -> str:
        return columns.clipped(row.reason, text=True)

    @admin.display(description=gettext_lazy("asked by"))
    def short_asker(self, row: AdjustmentRequest) -> str:
        return columns.clipped(row.asked_by)

    @admin.display(description=gettext_lazy("decided by"))
    def short_decider(self, row: AdjustmentRequest) -> str:
        return columns.clipped(row.decided_by)

    @admin.display(description=gettext_lazy("asked by"))
    def asker(self, row: AdjustmentRequest) -> str:
        return columns.person(row.asked_by)

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, row: AdjustmentRequest) -> str:
        return columns.person(row.decided_by)

    @admin.display(description=gettext_lazy("transaction"))
    def transaction_link(self, row: AdjustmentRequest) -> Any:
        return object_link(row.transaction)


def _impediment(request: HttpRequest, asked: AdjustmentRequest) -> str:
    """Say why this person cannot decide on this now, or nothing."""
    if asked.status != AdjustmentRequest.Status.ASKED:
        decided = {"who": columns.person(asked.decided_by)}
        return _("This was decided before, by %(who)s. Nothing more was done.") % decided
    if asked.asked_by == columns.staff(request.user):
        return _("You asked for this yourself: someone else decides.")
    return ""
