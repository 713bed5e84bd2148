"""
Which job is due: every installed app lists its own as `SCHEDULE` in a module `jobs`.

`manage.py run_jobs` runs what is due, for projects with cron. A project with a queue reads the same
lists, or calls the functions itself.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Final, NamedTuple

from django.apps import apps
from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import module_has_submodule

from credits.models import JobRun

log = logging.getLogger(__name__)

# A run that has not ended by then was killed, or is as good as killed.
PATIENCE: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Job(NamedTuple):
    """A function to run once in every span of time, at the offset into it (UTC)."""

    run: Callable[[], object]
    every: timedelta
    offset: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        """Name the app and the function: `credits.expire`."""
        return f"{self.run.__module__.removesuffix('.jobs')}.{self.run.__name__}"

    def last_due_at(self, at: datetime) -> datetime:
        """Tell when it was last due. The clock counts, not the last run: cron is never on time."""
        return at - (at - _EPOCH - self.offset) % self.every


class Ran(NamedTuple):
    """A job that was run now."""

    name: str
    error: str  # the exception's name, or empty


def jobs() -> list[Job]:
    """List the jobs of every installed app."""
    return [
        job
        for config in apps.get_app_configs()
        if config.module and module_has_submodule(config.module, "jobs")
        for job in getattr(import_module(f"{config.name}.jobs"), "SCHEDULE", ())
        if isinstance(job, Job)  # a project may have meant something else by the name
    ]


def run_due(*, at: datetime | None = None) -> Iterator[Ran]:
    """
    Run each job that is due, one after another; yield each when it has ended.

    Side by side with itself it runs each job once. An error is logged, and ends only its job.
    """
    for job in jobs():
        started_at = at or timezone.now()
        if _take(job, started_at):
            error = _run(job)
            if not connection.in_atomic_block:
                close_old_connections()  # one that the job broke
            JobRun.objects.filter(name=job.name, started_at=started_at).update(
                finished_at=at or timezone.now(), error=error
            )
            yield Ran(job.name, error)


def _take(job: Job, at: datetime) -> bool:
    """Write down that the job begins, unless it is not due or somebody else is at it."""
    JobRun.objects.get_or_create(name=job.name)
    is_over = Q(finished_at__isnull=False) | Q(started_at__lt=at - PATIENCE)
    is_due = Q(started_at=None) | Q(started_at__lt=job.last_due_at(at)) & is_over
    taken = JobRun.objects.filter(is_due, name=job.name).update(
        started_at=at, finished_at=None, error=""
    )
    return bool(taken)


def _run(job: Job) -> str:
    try:
        job.run()
    except Exception as error:
        log.exception("job_failed", extra={"job": job.name})
        return type(error).__name__
    return ""
