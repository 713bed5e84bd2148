"""
What happens in the background: procrastinate's jobs, run by `manage.py procrastinate worker`.

A periodic job is queued once, and at most one of its name runs at a time.
"""

import logging
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from billing import conf, mirror, reconciliation, refunds, stripe_gateway
from billing.models import Refund
from billing.privacy import retention

log = logging.getLogger(__name__)

# An answer that has not come by then was lost.
ANSWER_LOST_AFTER = timedelta(minutes=1)
# Stripe keeps its events for so long.
EVENTS_KEPT = timedelta(days=30)


@app.periodic(cron="* * * * * */20")
@app.task(name="billing.mirror_events", lock="mirror_events", queueing_lock="mirror_events")
def mirror_events(timestamp: int) -> None:
    """Bring dj-stripe's tables up to date; while Stripe is down, ask once each time."""
    try:
        mirror.sweep()
    except stripe_gateway.GatewayUnavailable as error:
        log.warning("mirror_waits", extra={"error": str(error)})


@app.periodic(cron="* * * * *")
@app.task(name="billing.free_stalled_jobs", queueing_lock="free_stalled_jobs")
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


@app.periodic(cron="23 3 * * *")
@app.task(name="billing.prune_events", lock="prune_events", queueing_lock="prune_events")
def prune_events(timestamp: int) -> None:
    """Reduce payloads that were kept long enough."""
    retention.prune()


@app.periodic(cron="*/5 * * * *")
@app.task(name="billing.resolve_refunds", lock="resolve_refunds", queueing_lock="resolve_refunds")
def resolve_refunds(timestamp: int = 0) -> int:
    """Find out what became of refunds whose answer never came; return how many are known now."""
    resolved = 0
    unknown = Refund.objects.filter(
        status=Refund.Status.REQUESTED,
        created_at__lt=timezone.now() - ANSWER_LOST_AFTER,
        payment__livemode=conf.livemode(),
    ).select_related("payment")
    for refund in unknown.order_by("pk"):
        try:
            resolved += refunds.resolve(refund).status != Refund.Status.REQUESTED
        except stripe_gateway.GatewayUnavailable as error:
            log.warning(
                "refund_still_unknown", extra={"refund": str(refund.uuid), "error": str(error)}
            )
            break  # the others would wait for Stripe in vain too
        except stripe_gateway.GatewayError as error:
            log.exception(
                "refund_not_resolved", extra={"refund": str(refund.uuid), "error": str(error)}
            )
    return resolved


@app.periodic(cron="17 * * * *")
@app.task(name="billing.reconcile", lock="reconcile", queueing_lock="reconcile")
def reconcile(timestamp: int = 0) -> int:
    """Repair what webhooks did not bring in the last days; return how many differences stand."""
    return _reconcile(since=timedelta(days=conf.reconcile_days()))


@app.periodic(cron="43 3 * * *")
@app.task(name="billing.reconcile_all", lock="reconcile", queueing_lock="reconcile_all")
def reconcile_all(timestamp: int = 0) -> int:
    """Do the same for as long as Stripe keeps its events: no outage is too long for one night."""
    return _reconcile(since=EVENTS_KEPT)


def _reconcile(*, since: timedelta) -> int:
    run = reconciliation.Run(since=timezone.now() - since)
    found = standing = 0
    try:
        for finding in reconciliation.reconcile(run, repair=True):
            found += 1
            standing += not finding.is_repaired
    except stripe_gateway.GatewayUnavailable as error:
        log.warning("reconciliation_broke_off", extra={"error": str(error)})
    log.info("reconciled", extra={"found": found, "standing": standing, **run.compared})
    return standing
