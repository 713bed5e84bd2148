"""
The apps' jobs in procrastinate: `manage.py worker` runs them.

What runs when stands in the apps' `jobs.SCHEDULE`. A periodic job is queued once, and at most one
of its name runs at a time.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from django.dispatch import receiver
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from api.outgoing.signals import waiting
from credits import schedule
from credits.schedule import Job

log = logging.getLogger(__name__)

SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)


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
    @app.task(name=job.name, lock=job.name, queueing_lock=job.name)
    def run(timestamp: int) -> None:
        job.run()


for _job in schedule.jobs():
    register(_job)


@receiver(waiting)
def send_webhooks_soon(**_values: object) -> None:
    """Queue the job now, and not with the next minute; once is enough."""
    with suppress(AlreadyEnqueued):
        app.tasks["api.send_webhooks"].defer(timestamp=0)


@app.periodic(cron="* * * * *")
@app.task(name="config.free_stalled_jobs", queueing_lock="config.free_stalled_jobs")
async def free_stalled_jobs(timestamp: int = 0) -> int:
    """
    Queue again what a worker left undone when it was killed, and return how many that were.

    Otherwise its lock would keep every later job of its name from running.
    """
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        log.warning("job_stalled", extra={"job": job.id, "task": job.task_name})
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:  # a later one of its name is already queued
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    return len(stalled)
