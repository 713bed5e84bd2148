"""
What the API does in the background: plain functions for whatever queue or cron a project has.

Each is safe to run twice, and side by side with itself.
"""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from api.outgoing import delivering, mails
from credits.schedule import Job


def send_webhooks() -> int:
    """Deliver the webhooks that are due; return how many were delivered."""
    delivered = delivering.send_due()
    mails.send_due()
    return delivered


def prune_webhooks() -> int:
    """Forget what was told long ago; return how many events."""
    return delivering.prune(at=timezone.now())


SCHEDULE: Final = (
    Job(send_webhooks, every=timedelta(minutes=1)),
    Job(prune_webhooks, every=timedelta(days=1), offset=timedelta(hours=3, minutes=53)),
)
