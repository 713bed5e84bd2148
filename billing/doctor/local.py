"""In this database: what came in, how late, what failed, what hangs."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import cast

from django.db.models import Count, F, Max, Q
from django.utils import timezone

from billing.doctor import jobs, mails
from billing.doctor.findings import Finding
from billing.doctor.signals import examining
from billing.models import Purchase, Refund, StripeEvent
from billing.webhooks.handlers import HANDLERS

RECONCILE = "Run `manage.py reconcile_stripe --repair`."
LATE = timedelta(minutes=1)


def examine() -> Iterator[Finding]:
    now = timezone.now()
    yield from _events(now)
    yield from _unfinished()
    yield from _waiting(now)
    yield from mails.examine(now)
    yield from jobs.examine(now)
    for _receiver, findings in examining.send(sender=None):
        yield from cast("Iterable[Finding]", findings or ())


def last_seen() -> dict[str, datetime | None]:
    """Tell when each type of event that the code handles last came in."""
    seen = dict(
        StripeEvent.objects.filter(type__in=HANDLERS)
        .values_list("type")
        .annotate(Max("received_at"))
    )
    return {type_: seen.get(type_) for type_ in HANDLERS}


def _events(now: datetime) -> Iterator[Finding]:
    newest = StripeEvent.objects.order_by("-pk").first()
    if newest is None:
        yield Finding.watch(
            "No event has ever come in.",
            "Buy something with a test card, or run `stripe trigger checkout.session.completed`.",
        )
        return
    lag = (
        StripeEvent.objects.filter(
            received_at__gt=now - timedelta(hours=1), created_at__isnull=False
        )
        .annotate(lag=F("received_at") - F("created_at"))
        .aggregate(most=Max("lag"), count=Count("pk"))
    )
    message = f"The last event, {newest.type}, came {ago(newest.received_at, now)}."
    if lag["count"] and lag["most"] > LATE:
        yield Finding.watch(
            f"{message} In the last hour they came up to {_span(lag['most'])} late.",
            "Late events are deliveries that failed before: look for failed events below, and at"
            " how busy the web processes are.",
        )
    else:
        yield Finding.well(message)


def _unfinished() -> Iterator[Finding]:
    states = StripeEvent.State
    rows = (
        StripeEvent.objects.exclude(state__in=StripeEvent.FINISHED)
        .values("state", "type")
        .annotate(count=Count("pk"), newest=Max("pk"))
        .order_by("state", "type")
    )
    for row in rows:
        example = StripeEvent.objects.get(pk=row["newest"])
        message = (
            f"{row['count']} {row['type']} {row['state']}, lately {example.stripe_event_id}:"
            f" {example.error or 'no reason noted'}"
        )
        if row["state"] == states.QUARANTINED:
            yield Finding.watch(message, "Decide in admin: grant, refund or dismiss.")
        else:
            yield Finding.wrong(
                message,
                "Fix what the error says; Stripe delivers again for three days, and admin can"
                " replay it.",
            )
    if not rows:
        yield Finding.well("No event failed or waits for a decision.")


def _waiting(now: datetime) -> Iterator[Finding]:
    unknown = Refund.objects.unanswered(before=now - timedelta(hours=1)).count()
    if unknown:
        yield Finding.wrong(
            f"{unknown} refunds were asked for, and nobody knows whether Stripe made them.",
            RECONCILE,
        )
    overdue = Purchase.objects.filter(
        Q(status=Purchase.Status.OPEN, session_expires_at__lt=now - timedelta(hours=1))
        | Q(status=Purchase.Status.PROCESSING, opened_at__lt=now - timedelta(days=14))
    ).count()
    if overdue:
        yield Finding.wrong(
            f"{overdue} purchases should have been paid or have expired by now: Stripe's events"
            " of them are missing.",
            RECONCILE,
        )


def ago(at: datetime, now: datetime) -> str:
    return f"{_span(now - at)} ago"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
