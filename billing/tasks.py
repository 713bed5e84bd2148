"""
What happens in the background: procrastinate's jobs, run by `manage.py procrastinate worker`.

A periodic job is queued once, and at most one of its name runs at a time.
"""

import structlog
from procrastinate.contrib.django import app

from . import mirror, retention, stripe_gateway

log = structlog.get_logger(__name__)


@app.periodic(cron="* * * * * */20")
@app.task(name="billing.mirror_events", lock="mirror_events", queueing_lock="mirror_events")
def mirror_events(timestamp: int) -> None:
    """Bring dj-stripe's tables up to date; while Stripe is down, ask once each time."""
    try:
        mirror.sweep()
    except stripe_gateway.GatewayUnavailable as error:
        log.warning("mirror_waits", words=str(error))


@app.periodic(cron="23 3 * * *")
@app.task(name="billing.prune_events", lock="prune_events", queueing_lock="prune_events")
def prune_events(timestamp: int) -> None:
    """Reduce payloads that were kept long enough."""
    retention.prune()
