"""When each background job last ran, where `manage.py run_jobs` runs them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """The last run of a job."""

    name = models.CharField(_("job"), max_length=100, unique=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    # Empty while it runs.
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # The name of the exception that ended it.
    error = models.CharField(_("error"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True)
                | models.Q(started_at__isnull=False, finished_at__gte=models.F("started_at")),
                name="job_run_finished_after_it_started",
            ),
            models.CheckConstraint(
                condition=models.Q(error="") | models.Q(finished_at__isnull=False),
                name="job_run_failed_when_it_finished",
            ),
        ]

    def __str__(self) -> str:
        return self.name
