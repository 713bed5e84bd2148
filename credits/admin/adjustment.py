"""
Correct a balance by hand: a form on an account's page, and one call of the ledger's verb.

Above `CREDITS_ADJUSTMENT_APPROVAL_ABOVE` it asks for a colleague's approval instead. The form
carries a number used once, so that a double click adjusts once.
"""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits import adjustments, ledger
from credits.admin import columns
from credits.admin.deciding import DecisionPage, Done, ReasonForm, Refused
from credits.models import AdjustmentRequest

LARGEST = 10**12  # credits; anything beyond is a slip of the hand


class AdjustmentForm(ReasonForm):
    credits = forms.IntegerField(
        label=gettext_lazy("Credits"),
        min_value=-LARGEST,
        max_value=LARGEST,
        help_text=gettext_lazy(
            "10 gives ten credits, -10 takes ten away, at most what can be spent now."
        ),
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("credits", "reason", "nonce")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _(
            "Kept in the ledger forever. The holder of the account may read it."
        )

    def clean_credits(self) -> int:
        credits_: int = self.cleaned_data["credits"]
        if credits_ == 0:
            raise forms.ValidationError(_("Nothing would change."))
        return credits_


class AdjustmentPage(DecisionPage):
    name = "adjust"
    permission = "credits.adjust_account"
    title = gettext_lazy("Adjust credits")
    button = gettext_lazy("Adjust")

    def subtitle(self) -> str:
        return columns.holder(self.row)

    def form(self) -> AdjustmentForm:
        return AdjustmentForm(self.request.POST or None, initial={"nonce": uuid4()})

    def facts(self) -> list[tuple[str, Any]]:
        return [(_("Can be spent now"), columns.number(ledger.balance(self.row)))]

    def decide(self, form: AdjustmentForm) -> Done:
        """Adjust, or ask a second person to."""
        data = form.cleaned_data
        change = columns.change(data["credits"])
        try:
            done = adjustments.adjust_or_ask(
                account=self.row,
                credits=data["credits"],
                reason=data["reason"],
                actor=columns.staff(self.user),
                key=f"staff:{data['nonce']}",
            )
        except ledger.InsufficientCredits as error:
            available = {"available": columns.number(error.available)}
            message = _("Only %(available)s can be taken away.") % available
            raise Refused(message, field="credits") from error
        except ledger.KeyConflict as error:
            message = _(
                "This form was sent before with other values. Open it again for another adjustment."
            )
            raise Refused(message) from error
        if isinstance(done, AdjustmentRequest):
            message = _(
                "Asked for %(credits)s credits. Nothing changes until a second person approves."
            )
            return Done(message % {"credits": change}, note=f"Asked for {change}: {data['reason']}")
        message = _("Adjusted by %(credits)s credits.")
        return Done(message % {"credits": change}, note=f"{change}: {data['reason']}")
