"""
What staff did, in the log as codes and said in the reader's language.

A note is a code or several, a line each. Each app adds its words to the one table.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credits.wording import Wording

if TYPE_CHECKING:  # tags are loaded where there is no admin, too
    from django.contrib.admin.models import LogEntry

_WORDS: Final[dict[str, str | Promise]] = {
    "because": "%(reason)s",
    "adjusted": "%(credits)s.",
    "asked_for": _("Asked for %(credits)s."),
    "with_priority": _("Priority %(priority)s."),
    "from_day": _("From %(day)s."),
    "approved": _("Approved."),
    "rejected": _("Rejected."),
    "switched_on": _("Switched on."),
    "switched_off": _("Switched off."),
}

_wording: Final = Wording(_WORDS)
code = _wording.code


def add(words: Mapping[str, str | Promise]) -> None:
    """Let an app's codes be said."""
    _WORDS.update(words)


def because(reason: str, *codes: str) -> str:
    """Note what was done, and why in the words of who did it."""
    return "\n".join([*codes, code("because", reason=reason)])


def say(entry: "LogEntry") -> str:
    """Say a note of ours in words; Django says its own."""
    return _wording.say(str(entry.get_change_message()))


class SaysNotes(admin.ModelAdmin):
    """A history in words."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().history_view(request, object_id, extra_context)
        for entry in (getattr(answer, "context_data", None) or {}).get("action_list", ()):
            entry.change_message = say(entry)
        return answer
