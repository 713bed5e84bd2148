"""
Background jobs: those that wait or went wrong first, in the reader's language.

procrastinate's own page filters by every value of a table that grows without end, has columns with
inline styles, which the site's content security policy refuses, and lets whoever looks at a job
run it again.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from credits.admin import overlay
from credits.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from credits.admin.searching import by_number
from credits.models.row_names import numbered

FINISHED: Final = ("succeeded", "cancelled", "aborted")
STATUSES: Final[Mapping[str, str | Promise]] = {
    "todo": _("Waiting"),
    "doing": _("Running"),
    "succeeded": pgettext_lazy("job", "Succeeded"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
    "aborting": _("Being stopped"),
    "aborted": _("Stopped"),
}
EVENTS: Final[Mapping[str, str | Promise]] = {
    "deferred": pgettext_lazy("job", "Queued"),
    "started": pgettext_lazy("job", "Started"),
    "deferred_for_retry": _("To be tried again"),
    "failed": STATUSES["failed"],
    "succeeded": STATUSES["succeeded"],
    "cancelled": STATUSES["cancelled"],
    "abort_requested": STATUSES["aborting"],
    "aborted": STATUSES["aborted"],
    "scheduled": _("Scheduled"),
    "retried": _("To be tried again"),
}
CHANGE: Final = "procrastinate.change_procrastinatejob"


class ByStatus(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("open", _("All but finished")), *STATUSES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.exclude(status__in=FINISHED)
        return queryset.filter(status=self.value()) if self.value() else queryset


class JobAdmin(ReadOnlyAdmin):
    default_filters: ClassVar[Mapping[str, str]] = {"status": "open"}
    fields = ("id", "task_name", "arguments", "shown_status", "queue_name", "lock", "queueing_lock",
              "priority", "scheduled_at", "attempts")  # fmt: skip
    readonly_fields = ("arguments", "shown_status")
    list_display = ("id", "task_name", "shown_status", "queue_name", "attempts", "scheduled_at")
    list_filter = (ByStatus,)
    ordering = ("-pk",)
    finders = (by_number("pk"),)
    search_help_text = _("A job's number.")
    actions = ("run_again", "cancel", "stop")  # type: ignore[assignment]
    # procrastinate's own page, whose actions ours are.
    stock: ClassVar[Any]

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE)

    @admin.action(description=_("Run again what failed"), permissions=["act"])
    def run_again(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self.stock.retry(self, request, chosen)

    @admin.action(description=_("Cancel what waits"), permissions=["act"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self.stock.cancel(self, request, chosen)

    @admin.action(description=_("Cancel what waits, and stop what runs"), permissions=["act"])
    def stop(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self.stock.abort(self, request, chosen)

    @admin.display(description=_("status"))
    def shown_status(self, job: Any) -> str:
        return str(STATUSES.get(job.status, job.status))

    @admin.display(description=_("arguments"))
    def arguments(self, job: Any) -> str:
        return format_html('<pre class="raw" tabindex="0">{}</pre>', json.dumps(job.args, indent=2))


def fold(site: AdminSite) -> None:
    """Put our page in the place of procrastinate's."""
    job = apps.get_model("procrastinate", "ProcrastinateJob")
    event = apps.get_model("procrastinate", "ProcrastinateEvent")
    apps.get_app_config("procrastinate").verbose_name = _("Background jobs")
    names = {
        "id": _("number"),
        "task_name": _("job"),
        "queue_name": pgettext_lazy("job", "queue"),
        "lock": _("lock"),
        "queueing_lock": _("queueing lock"),
        "priority": pgettext_lazy("job", "priority"),
        "scheduled_at": _("scheduled at"),
        "attempts": _("attempts"),
    }
    overlay.names(job, _("background job"), _("background jobs"), names)
    overlay.rows(job, numbered)
    overlay.names(event, _("event of a job"), _("events of jobs"), {"at": _("at")})
    overlay.rows(event, numbered)

    class Events(ReadOnlyInline):
        model = event
        fields = ("what", "at")
        ordering = ("pk",)

        @admin.display(description=_("event"))
        def what(self, row: Any) -> str:
            return str(EVENTS.get(row.type, row.type))

    class Jobs(JobAdmin):
        stock = type(site.get_model_admin(job))
        inlines = (Events,)

    site.unregister(job)
    site.register(job, Jobs)
