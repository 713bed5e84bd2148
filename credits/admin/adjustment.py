"""
Correct a balance by hand: a form on an account's page, and one call of the ledger's verb.

Above `CREDITS_ADJUSTMENT_APPROVAL_ABOVE` it asks for a colleague's approval instead. The form
carries a number used once, so that a double click adjusts once.
"""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from credits import adjustments, ledger
from credits.admin import columns
from credits.admin.links import object_url
from credits.models import Account, AdjustmentRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

LARGEST = 10**12  # credits; anything beyond is a slip of the hand


class AdjustmentForm(forms.Form):
    credits = forms.IntegerField(
        label=_("Credits"),
        min_value=-LARGEST,
        max_value=LARGEST,
        help_text=_("10 gives ten credits, -10 takes ten away, at most what can be spent now."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        help_text=_("Kept in the ledger forever. The holder of the account may read it."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def clean_credits(self) -> int:
        credits_: int = self.cleaned_data["credits"]
        if credits_ == 0:
            raise forms.ValidationError(_("Nothing would change."))
        return credits_


def page(model_admin: "ModelAdmin", request: HttpRequest, *, account_id: int) -> HttpResponse:
    """
    Show the form, or adjust and go back to the account.

    :raises PermissionDenied: if the person may not adjust accounts
    """
    if not request.user.has_perm("credits.adjust_account"):
        raise PermissionDenied
    account = get_object_or_404(Account.objects.select_related("user"), pk=account_id)
    form = AdjustmentForm(request.POST or None, initial={"nonce": uuid4()})
    if form.is_valid() and _adjust(model_admin, request, account, form):
        return HttpResponseRedirect(object_url(account))
    spendable = ledger.balance(account)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Adjust credits"),
        "subtitle": columns.holder(account),
        "spendable": spendable,
        "shown": columns.number(spendable),
        "opts": model_admin.opts,
        "account": account,
        "form": form,
    }
    return TemplateResponse(request, "admin/credits/account/adjust.html", context)


def _adjust(
    model_admin: "ModelAdmin", request: HttpRequest, account: Account, form: AdjustmentForm
) -> bool:
    """Adjust, or ask a second person to, and leave a note in the log."""
    data = form.cleaned_data
    change = columns.change(data["credits"])
    try:
        done = adjustments.adjust_or_ask(
            account=account,
            credits=data["credits"],
            reason=data["reason"],
            actor=columns.staff(request.user),
            key=f"staff:{data['nonce']}",
        )
    except ledger.InsufficientCredits as error:
        form.add_error(
            "credits",
            _("Only %(available)s can be taken away.")
            % {"available": columns.number(error.available)},
        )
        return False
    except ledger.KeyConflict:
        form.add_error(
            None,
            _("This form was sent before with other values. Open it again for another adjustment."),
        )
        return False
    if isinstance(done, AdjustmentRequest):
        note = f"Asked for {change}: {data['reason']}"
        message = _(
            "Asked for %(credits)s credits. Nothing changes until a second person approves."
        )
    else:
        note = f"{change}: {data['reason']}"
        message = _("Adjusted by %(credits)s credits.")
    model_admin.log_change(request, account, note)
    messages.success(request, message % {"credits": change})
    return True
