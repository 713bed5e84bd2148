"""
Correct a balance by hand: a form on an account's page, and one call of the ledger's verb.

Above `CREDITS_ADJUSTMENT_APPROVAL_ABOVE` it asks for a colleague's approval instead. The form
carries a number used once, so that a double click adjusts once.
"""

from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits import adjustments, ledger
from credits.admin import columns, notes
from credits.admin.deciding import DecisionPage, Done, ReasonForm, Refused
from credits.models import AdjustmentRequest, Lot
from credits.models.lots import DEFAULT_PRIORITY, LAST_PRIORITY

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
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        min_value=0,
        max_value=LAST_PRIORITY,
        required=False,
        help_text=gettext_lazy(
            "Of credits that are given: from 0, spent before all others, to 100, spent after them."
            " Empty: 50, as all that is bought."
        ),
    )
    start = forms.DateField(
        label=gettext_lazy("Can be spent from"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("credits", "reason", "priority", "start", "nonce")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _(
            "Kept in the ledger forever. The holder of the account may read it."
        )
        self.fields["start"].help_text = _(
            "Of credits that are given: the day that they begin with, at midnight, %(zone)s."
            " Empty: at once."
        ) % {"zone": timezone.get_current_timezone_name()}

    def clean_credits(self) -> int:
        credits_: int = self.cleaned_data["credits"]
        if credits_ == 0:
            raise forms.ValidationError(_("Nothing would change."))
        return credits_

    def clean_start(self) -> date | None:
        start: date | None = self.cleaned_data["start"]
        if start is not None and start <= timezone.localdate():
            raise forms.ValidationError(_("This day has begun. Leave it empty for at once."))
        return start

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        takes = data.get("credits", 0) < 0
        for name in ("priority", "start"):
            if takes and data.get(name) not in {None, DEFAULT_PRIORITY}:
                self.add_error(name, _("Only credits that are given have this."))
        return data

    @property
    def terms(self) -> dict[str, Any]:
        """What the lot is given besides its credits, as the ledger's verbs take it."""
        priority, start = self.cleaned_data["priority"], self.cleaned_data["start"]
        return {
            "priority": DEFAULT_PRIORITY if priority is None else priority,
            "starts_at": timezone.make_aware(datetime.combine(start, time())) if start else None,
        }


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
                **form.terms,
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
            codes = [notes.code("asked_for", credits=change), *_terms(done)]
            note = notes.because(data["reason"], *codes)
            return Done(message % {"credits": change}, note=note)
        message = _("Adjusted by %(credits)s credits.")
        terms = _terms(done.lot) if done.lot is not None and done.amount > 0 else []
        note = notes.because(data["reason"], notes.code("adjusted", credits=change), *terms)
        return Done(message % {"credits": change}, note=note)


def _terms(given: Lot | AdjustmentRequest) -> list[str]:
    """Tell the log what else was given, where it is not as usual."""
    terms = []
    if given.priority != DEFAULT_PRIORITY:
        terms.append(notes.code("with_priority", priority=given.priority))
    if given.starts_at:
        terms.append(notes.code("from_day", day=f"{timezone.localtime(given.starts_at):%Y-%m-%d}"))
    return terms
