"""
Background jobs, as procrastinate's own page shows them but for two things.

Its filters list every value in a table that grows without end, and its columns carry inline
styles, which the site's content security policy refuses.
"""

import json
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from credits.admin.readonly import CappedPaginator


def fold(site: AdminSite) -> None:
    """Put our page in the place of procrastinate's, with its actions to retry and to cancel."""
    job = apps.get_model("procrastinate", "ProcrastinateJob")
    stock = type(site.get_model_admin(job))

    class JobAdmin(stock):  # type: ignore[misc, valid-type]
        fields = ("pk", "task_name", "arguments", "status", "queue_name", "lock", "queueing_lock",
                  "priority", "scheduled_at", "attempts")  # fmt: skip
        list_display = ("pk", "task_name", "status", "queue_name", "attempts", "scheduled_at")
        list_filter = ("status",)
        paginator = CappedPaginator
        show_facets = admin.ShowFacets.NEVER
        show_full_result_count = False
        sortable_by = ()

        def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
            return ("arguments",)

        @admin.display(description=_("arguments"))
        def arguments(self, row: Any) -> str:
            text = json.dumps(row.args, indent=2)
            return format_html('<pre class="raw" tabindex="0">{}</pre>', text)

    site.unregister(job)
    site.register(job, JobAdmin)
