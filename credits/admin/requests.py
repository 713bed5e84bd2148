"""Adjustments that wait for a second person: what was asked for, by whom, and the two answers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits import adjustments, ledger
from credits.admin import columns
from credits.admin.links import OfAccount, object_link, object_url
from credits.admin.readonly import ReadOnlyAdmin
from credits.admin.searching import by_number
from credits.models import AdjustmentRequest

PERMISSION = "credits.approve_adjustment"


class DecisionForm(forms.Form):
    """Two buttons, which the template draws, and nothing to fill in: the request has a reason."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("reject", "reject")])

    def visible_fields(self) -> list[forms.BoundField]:
        return []


@admin.register(AdjustmentRequest)
class AdjustmentRequestAdmin(columns.AccountColumn, ReadOnlyAdmin):
    list_display = (
        "id",
        "account_link",
        "change",
        "reason",
        "asked_by",
        "status",
        "decided_by",
        "created_at",
    )
    list_filter = ("status", "created_at", OfAccount)
    list_select_related = ("account__user",)
    finders = (by_number("pk"),)
    account_path = "account"
    search_help_text = gettext_lazy("The number of a request, or the start of an e-mail address.")
    fields = (
        "account_link",
        "change",
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
        decide = self.admin_site.admin_view(self.decide)
        name = "credits_adjustmentrequest_decide"
        return [path("<int:request_id>/decide/", decide, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        asked = self.get_object(request, object_id)
        may = request.user.has_perm(PERMISSION) and asked and not _impediment(request, asked)
        return super().change_view(request, object_id, form_url, {"may_decide": may})

    def decide(self, request: HttpRequest, request_id: int) -> HttpResponse:
        """
        Show what was asked for, or approve or reject it.

        :raises PermissionDenied: if the person may not approve adjustments
        """
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        asked = get_object_or_404(self.get_queryset(request), pk=request_id)
        back = HttpResponseRedirect(object_url(asked))
        if impediment := _impediment(request, asked):
            messages.info(request, impediment)
            return back
        form = DecisionForm(request.POST or None)
        if form.is_valid() and self._decide(request, asked, form):
            return back
        context = {
            **self.admin_site.each_context(request),
            "title": _("Decide"),
            "subtitle": str(asked),
            "opts": self.opts,
            "row": asked,
            "form": form,
            "facts": [
                (_("Account"), self.account_link(asked)),
                (_("Credits"), self.change(asked)),
                (_("Can be spent now"), columns.number(ledger.balance(asked.account))),
                (_("Reason"), asked.reason),
                (_("Asked by"), self.asker(asked)),
            ],
        }
        return TemplateResponse(request, "admin/credits/adjustmentrequest/decide.html", context)

    def _decide(self, request: HttpRequest, asked: AdjustmentRequest, form: forms.Form) -> bool:
        """Call the verb that was chosen, and say how it went."""
        approved = form.cleaned_data["decision"] == "approve"
        verb = adjustments.approve if approved else adjustments.reject
        try:
            verb(request=asked, decided_by=columns.staff(request.user))
        except ledger.InsufficientCredits as error:
            available = {"available": columns.number(error.available)}
            form.add_error(
                None, _("Nothing was adjusted: only %(available)s can be taken away.") % available
            )
            return False
        except ledger.KeyConflict:
            form.add_error(
                None,
                _("Nothing was adjusted: the form that asked was used for another adjustment."),
            )
            return False
        except adjustments.AlreadyDecided as error:
            messages.info(request, _impediment(request, error.request))
            return True
        self.log_change(request, asked, "Approved" if approved else "Rejected")
        message = (
            _("Adjusted by %(credits)s credits.") % {"credits": self.change(asked)}
            if approved
            else _("Rejected. Nothing was adjusted.")
        )
        messages.success(request, message)
        return True

    @admin.display(description=gettext_lazy("credits"))
    def change(self, row: AdjustmentRequest) -> str:
        return columns.change(row.credits)

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
