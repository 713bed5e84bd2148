"""In this database: what came in, how late, what failed, what hangs."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import cast

from django.db.models import Count, F, Max, Q
from django.utils import timezone

from billing import conf, stripe_gateway
from billing.doctor import clocks, jobs, mails, refused
from billing.doctor.findings import Finding
from billing.doctor.signals import examining
from billing.models import PlanPrice, Purchase, Refund, StripeEvent, TopUp, Voucher
from billing.webhooks.handlers import HANDLERS

RECONCILE = "Run `manage.py reconcile_stripe --repair`."
LATE = timedelta(minutes=1)
# How long thin events are spoken of: as long as Stripe repeats a delivery.
THIN_FOR = timedelta(days=3)


def examine() -> Iterator[Finding]:
    now = timezone.now()
    yield from clocks.beside_database()
    yield from _events(now)
    yield from _thin_events(now)
    yield from refused.examine(now)
    yield from _unfinished()
    yield from _waiting(now)
    yield from _payment_methods()
    yield from _vouchers()
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
    newest = StripeEvent.objects.snapshots().order_by("-pk").first()
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


def _thin_events(now: datetime) -> Iterator[Finding]:
    found = StripeEvent.objects.thin().filter(received_at__gt=now - THIN_FOR).order_by("-pk")
    newest, oldest = found.first(), found.last()
    if newest is None or oldest is None:
        return
    types = {type_.removeprefix("v1.") for type_ in found.values_list("type", flat=True)}
    # Reconciliation brings what no delivery brought, and brings it late.
    delivered = StripeEvent.objects.snapshots().filter(
        received_at__gte=oldest.received_at, received_at__lt=F("created_at") + LATE
    )
    message = f"{found.count()} thin events came in the last three days"
    if types & HANDLERS.keys() and not delivered.exists():
        yield Finding.wrong(
            f"{message} and nothing else since, lately {newest.type}: thin events are ignored, so"
            " nothing is granted.",
            "In the Dashboard, Developers, Webhooks, delete the destination whose payload style is"
            " thin. `manage.py doctor --fix` makes one of snapshots, which this code reads; then"
            " run `manage.py reconcile_stripe --repair`.",
        )
    else:
        yield Finding.watch(
            f"{message}, lately {newest.type}. They are ignored: the others say it all.",
            "Delete the destination of thin events that leads here, in the Dashboard, Developers,"
            " Webhooks.",
        )


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
            f" {example.why or 'no reason noted'}"
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
    yield from _top_ups(now)
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


def _top_ups(now: datetime) -> Iterator[Finding]:
    late = TopUp.objects.open().filter(due_at__lt=now - timedelta(hours=1))
    unknown = late.filter(status=TopUp.Status.CHARGING).count()
    if unknown:
        yield Finding.wrong(
            f"{unknown} automatic top-ups were sent to Stripe, and nobody knows whether the cards"
            " were charged.",
            "See that the job billing.top_up runs, and read at topup_outcome_unknown in the log"
            " what Stripe says.",
        )
    forgotten = late.exclude(status=TopUp.Status.CHARGING).count()
    if forgotten and conf.top_ups():
        yield Finding.wrong(
            f"{forgotten} automatic top-ups have waited for more than an hour to be charged.",
            "See that the job billing.top_up runs every minute.",
        )


def _payment_methods() -> Iterator[Finding]:
    """Find currencies that nobody can pay in, and methods that nobody is ever shown."""
    names = conf.payment_method_types()
    prices = PlanPrice.objects.sold(livemode=conf.livemode())
    shown: set[str] = set()
    sold_in = sorted(set(prices.values_list("currency", flat=True)))
    for currency in sold_in:
        taken = stripe_gateway.payment_methods_in(currency, names)
        shown.update(taken)
        if names and not taken:
            yield Finding.wrong(
                f"Stripe takes none of the PAYMENT_METHOD_TYPES in {currency}, and plans are on"
                " sale in it: it refuses every purchase of them.",
                "Add a payment method that it takes, or leave them out and let Stripe choose.",
            )
    idle = [name for name in names if name not in shown]
    if sold_in and idle:
        yield Finding.watch(
            f"Nobody is shown {', '.join(idle)} of the PAYMENT_METHOD_TYPES: nothing is on sale in"
            " a currency that Stripe takes there.",
            "Take them out, or sell in one of their currencies.",
        )


def _vouchers() -> Iterator[Finding]:
    rows = Voucher.objects.annotate(count=Count("redemptions")).exclude(redeemed=F("count"))
    if count := rows.count():
        yield Finding.wrong(
            f"{count} vouchers count other uses than they have redemptions.",
            "Somebody wrote to the table billing_voucher past its verbs. Compare `redeemed` with"
            " the rows of billing_voucherredemption.",
        )


def ago(at: datetime, now: datetime) -> str:
    return f"{_span(now - at)} ago"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
