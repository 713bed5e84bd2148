"""Background jobs: whether they run, by whatever this project runs them with."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.apps import apps
from django.core.management import get_commands
from django.db.models import Q

from billing.doctor.findings import Finding
from credits import schedule
from credits.models import JobRun

HEARTBEAT: Final = timedelta(minutes=1)  # a worker's heart beats every 10 s
PATIENCE: Final = timedelta(minutes=10)


def examine(now: datetime) -> Iterator[Finding]:
    if apps.is_installed("procrastinate.contrib.django"):
        yield from _of_procrastinate(now)
    else:
        yield from of_cron(now)


def of_cron(now: datetime) -> Iterator[Finding]:
    """Look at what `manage.py run_jobs` noted."""
    runs = {run.name: run for run in JobRun.objects.exclude(started_at=None)}
    if not runs:
        yield Finding.watch(
            "`manage.py run_jobs` has never run.",
            "Start it every minute from cron, unless a queue of your own calls the functions in"
            " `credits.jobs` and `billing.jobs`.",
        )
        return
    late = [job.name for job in schedule.jobs() if _is_late(job, runs.get(job.name), now)]
    if late:
        yield Finding.wrong(
            f"{len(late)} jobs did not run when they were due: {', '.join(sorted(late))}.",
            "See that cron starts `manage.py run_jobs` every minute.",
        )
    else:
        yield Finding.well(f"{len(runs)} jobs run when they are due.")
    failed = sorted(f"{run.name} ({run.error})" for run in runs.values() if run.error)
    if failed:
        yield Finding.watch(
            f"{len(failed)} jobs failed when they last ran: {', '.join(failed)}.",
            "Read why in the log, at `job_failed`.",
        )


def _is_late(job: schedule.Job, run: JobRun | None, now: datetime) -> bool:
    started_at = run.started_at if run else None
    return started_at is None or started_at < job.last_due_at(now - PATIENCE)


def _of_procrastinate(now: datetime) -> Iterator[Finding]:
    workers = apps.get_model("procrastinate", "ProcrastinateWorker")
    alive = workers.objects.filter(last_heartbeat__gt=now - HEARTBEAT).count()
    if alive:
        yield Finding.well(f"Background workers alive: {alive}.")
    else:
        yield Finding.wrong(
            "No background worker is running: no mail, no reconciliation.",
            f"Start `manage.py {_worker_command()}`.",
        )
    jobs = apps.get_model("procrastinate", "ProcrastinateJob").objects
    waiting = jobs.filter(
        Q(scheduled_at=None) | Q(scheduled_at__lt=now - PATIENCE),
        status="todo",
        procrastinateevent__type="deferred",
        procrastinateevent__at__lt=now - PATIENCE,
    )
    stuck = jobs.filter(
        Q(worker=None) | Q(worker__last_heartbeat__lt=now - HEARTBEAT), status="doing"
    )
    failed = jobs.filter(status="failed")
    for found, message, fix in (
        (waiting, "wait for more than ten minutes", "Start more workers."),
        (
            stuck,
            "were under way when their worker died",
            "A worker queues them again within a minute; start one.",
        ),
        (failed, "failed", "Read why in the worker's log; retry in admin, Procrastinate jobs."),
    ):
        names = sorted(set(found.values_list("task_name", flat=True)))
        if names:
            yield Finding.watch(f"{found.count()} jobs {message}: {', '.join(names)}.", fix)


def _worker_command() -> str:
    """Name this site's own command, where there is one: it outlives a restart of the database."""
    return "worker" if "worker" in get_commands() else "procrastinate worker"
