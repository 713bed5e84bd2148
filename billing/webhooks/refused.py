"""
Counting deliveries that were refused, by hour and reason: one row for each, whoever sends what.

A secret that is not Stripe's, or a clock that is off, refuses every event there is. That is seen
here first; a stranger who knocks is one number more.
"""

import logging
from datetime import datetime
from typing import Final

from django.db import DatabaseError, connection
from django.utils import timezone

from billing.models import RefusedWebhooks

log = logging.getLogger(__name__)

COUNT: Final = """
    INSERT INTO billing_refusedwebhooks AS counted (reason, started_at, count)
    VALUES (%s, %s, 1)
    ON CONFLICT (reason, started_at) DO UPDATE SET count = counted.count + 1
"""


def count(reason: str, *, at: datetime | None = None) -> None:
    """Count one; a database that is away leaves it to the log, and the answer as it is."""
    started_at = (at or timezone.now()).replace(minute=0, second=0, microsecond=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [reason, started_at])
    except DatabaseError as error:
        log.warning("webhook_refusal_not_counted", extra={"error": type(error).__name__})


def prune(*, at: datetime) -> int:
    """Forget hours that were a week ago; return how many rows."""
    return RefusedWebhooks.objects.filter(started_at__lt=at - RefusedWebhooks.KEPT).delete()[0]
