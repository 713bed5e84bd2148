"""
The apps' jobs in procrastinate: `manage.py worker` runs them.

What runs when stands in the apps' `jobs.SCHEDULE`. A periodic job is queued once, and at most one
of each lane runs at a time: jobs that wait for the same neighbour wait for one another, and for no
others. A mail server that hangs keeps nobody from being charged, nor Stripe anybody from a code.
"""

import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.dispatch import receiver
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status

from api.outgoing.signals import waiting
from billing.mails.signals import queued
from config import request_ids, telemetry
from credits import schedule
from credits.schedule import Job

log = logging.getLogger(__name__)

SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)


# The lane of each job that waits for somebody else; all others ask the database alone.
LANES: Final = {
    "billing.send_messages": "messages",
    "billing.send_mails": "mails",
    "api.send_webhooks": "webhooks",
    "billing.top_up": "charges",
    "billing.resolve_refunds": "charges",
    "billing.reconcile": "reconciliation",
    "billing.reconcile_all": "reconciliation",
    "billing.mirror.mirror_events": "reconciliation",
}
UPKEEP: Final = "upkeep"
# Jobs that a worker runs at a time: one of each lane, and the one that frees lanes.
CONCURRENCY: Final = len({UPKEEP, *LANES.values()}) + 1


def cron(job: Job) -> str:
    """
    Write a job's schedule as procrastinate reads it, the seconds last.

    :raises ValueError: if cron has no words for it
    """
    every, offset = job.every, job.offset
    minute, hour = offset // MINUTE % 60, offset // HOUR
    if every == DAY:
        return f"{minute} {hour} * * *"
    if every == HOUR:
        return f"{minute} * * * *"
    for unit, line in ((MINUTE, "*/{} * * * *"), (SECOND, "* * * * * */{}")):
        times = every // unit
        if not every % unit and not offset and times and not 60 % times:
            return line.format(times)
    raise ValueError(f"{job.name}: every {every} at {offset} cannot be said in cron's words.")


def register(job: Job) -> None:
    """Let procrastinate run a job when it is due."""

    @app.periodic(cron=cron(job))
    @app.task(
        name=job.name,
        lock=LANES.get(job.name, UPKEEP),
        queueing_lock=job.name,
        pass_context=True,
    )
    def run(
        context: JobContext, timestamp: int, request_id: str = "", traceparent: str = ""
    ) -> None:
        """Run under the number of the request that asked for it, or under the job's own."""
        with (
            request_ids.during(request_id or f"job-{context.job.id}"),
            telemetry.job(job.name, traceparent=traceparent),
        ):
            job.run()


for _job in schedule.jobs():
    register(_job)


@receiver(waiting)
def send_webhooks_soon(**_values: object) -> None:
    _run_now("api.send_webhooks")


@receiver(queued)
def send_messages_soon(**_values: object) -> None:
    transaction.on_commit(partial(_run_now, "billing.send_messages"))


def _run_now(name: str) -> None:
    """Queue a job now, and not with the next minute; once is enough."""
    with suppress(AlreadyEnqueued):
        app.tasks[name].defer(timestamp=0, request_id=request_ids.current(), **telemetry.carried())


@app.periodic(cron="* * * * *")
@app.task(name="config.free_stalled_jobs", queueing_lock="config.free_stalled_jobs")
async def free_stalled_jobs(timestamp: int = 0) -> int:
    """
    Queue again what a worker left undone when it was killed, and return how many that were.

    Otherwise its lock would keep every later job of its lane from running.
    """
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        log.warning("job_stalled", extra={"job": job.id, "task": job.task_name})
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:  # a later one of its name is already queued
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    return len(stalled)
