"""When each job last ran, where `manage.py run_jobs` runs them: a row for each."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from credits.admin.readonly import ReadOnlyAdmin
from credits.models import JobRun


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    list_display = ("name", "started_at", "finished_at", "said")
    # As many rows as there are jobs.
    ordering = ("name",)
    search_fields = ()  # type: ignore[assignment]
    fields = ("name", "started_at", "finished_at", "said")
    readonly_fields = ("said",)

    @admin.display(description=_("outcome"))
    def said(self, run: JobRun) -> str:
        if run.error:
            return _("Failed: %s") % run.error
        if run.finished_at:
            return str(pgettext_lazy("job", "Succeeded"))
        return str(_("Running")) if run.started_at else "-"
