"""
The shop's figures for Prometheus, read from the database when asked.

So every web process gives the same answer, and a restart loses nothing. What has to count a whole
table is counted once a minute.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from django.apps import apps
from django.db.models import Avg, Count, F, Max, Sum
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from api.models import WebhookDelivery, WebhookEndpoint
from billing.models import (
    Dispute,
    OutgoingMail,
    OutgoingMessage,
    Payment,
    Purchase,
    Refund,
    RefusedWebhooks,
    StripeEvent,
)
from billing.webhooks.handlers import HANDLERS
from credits.models import Account, Lot

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
RECENT: Final = timedelta(hours=1)
KEPT_FOR: Final = 60.0  # seconds

Figures = Iterator[GaugeMetricFamily]


def exposition() -> bytes:
    """Write all figures as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(_Shop())
    return generate_latest(registry)


class _Shop(Collector):
    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield from _events()
        yield from _work()
        yield from _totals()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []


def _events() -> Figures:
    recent = StripeEvent.objects.filter(type__in=HANDLERS, received_at__gt=timezone.now() - RECENT)
    yield _by(
        "credits_events_last_hour",
        "Stripe's events of the last hour that the code handles.",
        ["type", "state"],
        recent.values_list("type", "state").annotate(Count("pk")).order_by(),
    )
    refused = RefusedWebhooks.objects.of_last_day(at=timezone.now())
    yield _by(
        "credits_webhooks_refused_last_day",
        "Deliveries to Stripe's webhook of the last day that were refused.",
        ["reason"],
        (
            dict.fromkeys(RefusedWebhooks.Reason.values, 0)
            | dict(refused.values_list("reason").annotate(Sum("count")).order_by())
        ).items(),
    )
    unsettled = dict.fromkeys(StripeEvent.NEEDING_STAFF, 0) | dict(
        StripeEvent.objects.filter(state__in=StripeEvent.NEEDING_STAFF)
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    yield _by(
        "credits_events_unsettled",
        "Events that failed, or wait for a decision of staff.",
        ["state"],
        unsettled.items(),
    )
    lag = (
        recent.filter(created_at__isnull=False)
        .annotate(lag=F("received_at") - F("created_at"))
        .aggregate(most=Max("lag"), mean=Avg("lag"))
    )
    yield _by(
        "credits_event_lag_seconds",
        "How long after it happened an event of the last hour came in.",
        ["of"],
        [(name, value.total_seconds() if value else 0) for name, value in lag.items()],
    )
    newest = StripeEvent.objects.order_by("-pk").values_list("received_at", flat=True).first()
    yield _one(
        "credits_event_last_timestamp_seconds",
        "When the last event came in.",
        newest.timestamp() if newest else 0,
    )


def _work() -> Figures:
    if apps.is_installed("billing.mirror"):
        yield _one(
            "credits_mirror_queue",
            "Events that dj-stripe's tables do not show yet.",
            StripeEvent.objects.filter(mirrored_at=None).count(),
        )
    now = timezone.now()
    mails = {
        OutgoingMail.Status.WAITING: OutgoingMail.objects.waiting().count(),
        OutgoingMail.Status.FAILED: OutgoingMail.objects.lately_failed(at=now).count(),
    }
    yield _by(
        "credits_mails",
        "Mails that wait to be sent, or in the last week could not be sent within a day.",
        ["status"],
        mails.items(),
    )
    messages = {
        "waiting": OutgoingMessage.objects.waiting().count(),
        "given_up": OutgoingMessage.objects.lately_given_up(at=now).count(),
    }
    yield _by(
        "credits_messages",
        "Codes and notices that wait to be sent, or in the last week were given up.",
        ["status"],
        messages.items(),
    )
    webhooks = {
        WebhookDelivery.Status.WAITING: WebhookDelivery.objects.waiting().count(),
        WebhookDelivery.Status.FAILED: WebhookDelivery.objects.lately_failed(at=now).count(),
    }
    yield _by(
        "credits_webhooks",
        "Outgoing webhooks that wait, or in the last week were given up.",
        ["status"],
        webhooks.items(),
    )
    yield _one(
        "credits_webhook_endpoints_failing",
        "Endpoints of outgoing webhooks at which nothing has succeeded since a failure.",
        WebhookEndpoint.objects.failing().count(),
    )
    yield _by(
        "credits_jobs",
        "Background jobs.",
        ["status"],
        ProcrastinateJob.objects.values_list("status").annotate(Count("pk")).order_by(),
    )
    yield _one(
        "credits_workers",
        "Background workers whose heart beat within the last minute.",
        ProcrastinateWorker.objects.filter(
            last_heartbeat__gt=timezone.now() - timedelta(minutes=1)
        ).count(),
    )


def _totals() -> list[GaugeMetricFamily]:
    """Count whole tables, or return what was counted within the last minute."""
    now = time.monotonic()
    if not _kept or now - _kept[0][0] > KEPT_FOR:
        _kept[:] = [(now, list(_count_totals()))]
    return _kept[0][1]


_kept: list[tuple[float, list[GaugeMetricFamily]]] = []


def forget() -> None:
    """Count the totals anew."""
    _kept.clear()


def _count_totals() -> Figures:
    for name, documentation, rows in (
        ("credits_purchases", "Purchases.", Purchase.objects.values_list("status")),
        (
            "credits_refunds",
            "Refunds, of staff and of Stripe's Dashboard.",
            Refund.objects.values_list("status"),
        ),
        ("credits_disputes", "Disputes and inquiries.", Dispute.objects.values_list("status")),
    ):
        yield _by(name, documentation, ["status"], rows.annotate(Count("pk")).order_by())
    yield _by(
        "credits_received_minor_units",
        "Money received, in the currency's smallest unit.",
        ["currency"],
        Payment.objects.exclude(currency="")
        .values_list("currency")
        .annotate(Sum("amount_received"))
        .order_by(),
    )
    lots = Lot.objects.aggregate(
        granted=Sum("granted", default=0),
        spent=Sum("spent", default=0),
        clawed_back=Sum("clawed_back", default=0),
        expired=Sum("expired", default=0),
    )
    yield _by("credits_moved", "Credits since the beginning.", ["how"], lots.items())
    yield _one("credits_grants", "Lots ever granted.", Lot.objects.count())
    yield _one(
        "credits_outstanding",
        "Credits that people can spend: what the shop owes.",
        Account.objects.aggregate(sum=Sum("balance", default=0))["sum"],
    )
    yield _one(
        "credits_short",
        "Credits that were used, are no longer paid for and were not written off.",
        Lot.objects.all().credits_owed(),
    )


def _one(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


def _by(
    name: str, documentation: str, labels: list[str], rows: Iterable[tuple[object, ...]]
) -> GaugeMetricFamily:
    """Make a family of rows that end in their value."""
    family = GaugeMetricFamily(name, documentation, labels=labels)
    for *values, number in rows:
        family.add_metric([str(value) for value in values], float(str(number)))
    return family
