"""
How long Stripe's payloads are kept: `BILLING_PAYLOAD_DAYS`, then only ids, states and sums.

What staff has not decided on yet keeps its payload: it is what they decide by.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from billing import conf
from billing.models import Customer, SavedCard, StripeEvent
from billing.privacy import signals
from billing.privacy.redaction import MARK, skeleton

log = logging.getLogger(__name__)

BATCH: Final = 500
# How far back to look each time for news of people who were erased.
LATE: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Pruned:
    events: int
    # Rows of other apps, by kind.
    others: Mapping[str, int]
    before: datetime


def prune(*, days: int | None = None, dry_run: bool = False) -> Pruned:
    """
    Reduce the payloads of settled events that are older than this, and other apps' copies.

    News of a person who was erased is reduced whatever its age.

    Runs in small transactions, may be stopped at any time, and repeated.

    :param days: by default `BILLING_PAYLOAD_DAYS`
    """
    before = timezone.now() - timedelta(days=conf.payload_days() if days is None else days)
    old = StripeEvent.objects.finished().filter(received_at__lt=before)
    late = _late_news_of_erased(since=max(before, timezone.now() - LATE))
    events = sum(_reduce(rows, dry_run=dry_run) for rows in (old, late))
    others = signals.send(signals.pruning, before=before, dry_run=dry_run)
    log.info("events_pruned", extra={"events": events, "others": others, "dry_run": dry_run})
    return Pruned(events=events, others=others, before=before)


def _late_news_of_erased(*, since: datetime) -> QuerySet[StripeEvent]:
    """Find events that came after their person was erased, as those of a dispute may."""
    customers = Customer.objects.filter(user=None).values("stripe_customer_id")
    cards = SavedCard.objects.filter(customer__user=None).values("stripe_payment_method_id")
    return StripeEvent.objects.alias(
        of_customer=KT("payload__data__object__customer"), is_about=KT("payload__data__object__id")
    ).filter(
        Q(purchase__isnull=False, purchase__account__user=None)
        | Q(payment__purchase__isnull=False, payment__purchase__account__user=None)
        | Q(of_customer__in=customers)
        | Q(is_about__in=customers)
        | Q(is_about__in=cards),
        received_at__gte=since,
        state__in=StripeEvent.TAKEN_IN,
    )


def _reduce(events: QuerySet[StripeEvent], *, dry_run: bool) -> int:
    events = events.exclude(payload__has_key=MARK)
    if dry_run:
        return events.count()
    reduced = last = 0
    while batch := list(
        events.filter(pk__gt=last).only("payload", "waits_for").order_by("pk")[:BATCH]
    ):
        for event in batch:
            event.payload = skeleton(event.payload)
            event.waits_for = ""  # no session lives that long
        StripeEvent.objects.bulk_update(batch, ["payload", "waits_for"])
        last = batch[-1].pk
        reduced += len(batch)
    return reduced
