"""The state of a purchase as its buyer reads it: a badge, and a filter by the same words."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.models import DisplayState, Purchase
from billing.models.display_states import standing_at


def badge(state: DisplayState) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', state.tone, state.label)


class StateFilter(admin.SimpleListFilter):
    """Two states are called alike: whoever chooses the word gets both."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        by_label: dict[str, str] = {}
        for state in DisplayState:
            by_label.setdefault(str(state.label), state.value)
        return [(value, label) for label, value in by_label.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Purchase]:
        value = self.value()
        if value not in DisplayState.values:
            return queryset
        chosen = DisplayState(value)
        alike = [state for state in DisplayState if state.label == chosen.label]
        return standing_at(queryset, alike, at=timezone.now())
