"""A page on which a person decides on one row of a desk: facts, words, a reason, a button."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

TEMPLATE = "admin/billing/decide.html"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        help_text=_("For your colleagues. Kept for good, with your name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


def render(
    model_admin: "ModelAdmin",
    request: HttpRequest,
    *,
    row: Model,
    form: forms.Form,
    verb: str,
    facts: Sequence[tuple[str, Any]],
    words: Sequence[str],
) -> TemplateResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": verb,
        "subtitle": str(row),
        "opts": model_admin.opts,
        "row": row,
        "form": form,
        "facts": facts,
        "words": words,
    }
    return TemplateResponse(request, TEMPLATE, context)
