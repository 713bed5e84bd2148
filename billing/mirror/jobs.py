"""What happens in the background: a plain function, safe to run twice and side by side."""

import logging
from datetime import timedelta
from typing import Final

from billing import stripe_gateway
from billing.mirror import sweeping
from credits.schedule import Job

log = logging.getLogger(__name__)


def mirror_events() -> None:
    """Bring dj-stripe's tables up to date; while Stripe is down, ask once each time."""
    try:
        sweeping.sweep()
    except stripe_gateway.GatewayUnavailable as error:
        log.warning("mirror_waits", extra={"error": str(error)})


SCHEDULE: Final = (Job(mirror_events, every=timedelta(seconds=20)),)
