"""Webhooks that were refused: whether Stripe's own are among them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Sum

from billing.doctor.findings import Finding
from billing.models import RefusedWebhooks

Reason = RefusedWebhooks.Reason

# Rows are of whole hours: what is older was mended, or comes again.
RECENT: Final = timedelta(hours=1)
# What only Stripe's own can be refused for: they were signed with our secret.
OURS: Final = {
    Reason.SECRET_MISSING: "Set STRIPE_WEBHOOK_SECRET, and start the web processes again.",
    Reason.SIGNATURE_OLD: "Set this machine's clock, by NTP.",
    Reason.OTHER_MODE: "Take the endpoint of the other mode out of Stripe's Dashboard, or let it"
    " lead to the site of that mode.",
}
STRANGERS: Final = (
    "Compare STRIPE_WEBHOOK_SECRET with the signing secret of the endpoint in Stripe's Dashboard."
    " Where that is right and events come in, strangers sent these."
)


def examine(now: datetime) -> Iterator[Finding]:
    rows = (
        RefusedWebhooks.objects.of_last_day(at=now)
        .values_list("reason")
        .annotate(Sum("count"), Max("started_at"))
        .order_by("reason")
    )
    for reason, count, last in rows:
        label = Reason(reason).label
        message = f"{count} webhooks of the last day were refused: {label[0].lower()}{label[1:]}."
        fix = OURS.get(Reason(reason), STRANGERS)
        if fix != STRANGERS and last > now - RECENT:
            yield Finding.wrong(message, fix)
        else:
            yield Finding.watch(message, fix)
