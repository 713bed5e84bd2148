"""
How long Stripe's payloads are kept: `BILLING_PAYLOAD_DAYS`, then only ids, states and sums.

What staff has not decided on yet keeps its payload: it is what they decide by.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from billing import conf, mirror
from billing.models import StripeEvent
from billing.privacy.redaction import MARK, skeleton

log = logging.getLogger(__name__)

BATCH: Final = 500
SETTLED: Final = (
    StripeEvent.State.PROCESSED,
    StripeEvent.State.IGNORED,
    StripeEvent.State.RESOLVED,
)


@dataclass(frozen=True, kw_only=True)
class Pruned:
    events: int
    mirror_rows: int
    before: datetime


def prune(*, days: int | None = None, dry_run: bool = False) -> Pruned:
    """
    Reduce the payloads of settled events, and dj-stripe's copies, that are older than this.

    Runs in small transactions, may be stopped at any time, and repeated.

    :param days: by default `BILLING_PAYLOAD_DAYS`
    """
    before = timezone.now() - timedelta(days=conf.payload_days() if days is None else days)
    events = _count(before) if dry_run else sum(_prune_events(before))
    rows = mirror.prune(before=before, dry_run=dry_run)
    log.info("events_pruned", extra={"events": events, "mirror_rows": rows, "dry_run": dry_run})
    return Pruned(events=events, mirror_rows=rows, before=before)


def _count(before: datetime) -> int:
    return (
        StripeEvent.objects.filter(received_at__lt=before, state__in=SETTLED)
        .exclude(payload__has_key=MARK)
        .count()
    )


def _prune_events(before: datetime) -> Iterator[int]:
    last = 0
    while batch := list(
        StripeEvent.objects.filter(received_at__lt=before, state__in=SETTLED, pk__gt=last)
        .exclude(payload__has_key=MARK)
        .only("payload")
        .order_by("pk")[:BATCH]
    ):
        for event in batch:
            event.payload = skeleton(event.payload)
        StripeEvent.objects.bulk_update(batch, ["payload"])
        last = batch[-1].pk
        yield len(batch)
