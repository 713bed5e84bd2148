"""Running reconciliation, and saying what it found."""

from datetime import timedelta

from django.utils import timezone

from billing import reconciliation
from billing.models import StripeEvent
from billing.reconciliation import Kind


def run(days=4):
    return reconciliation.Run(since=timezone.now() - timedelta(days=days))


def find(**kwargs):
    """What differs, events aside: kinds and ids."""
    return [
        (finding.kind, finding.id)
        for finding in reconciliation.reconcile(run(**kwargs), repair=False)
        if finding.kind != Kind.EVENT_NOT_TAKEN_IN
    ]


def repair(**kwargs):
    """Repair and return what differed; with `days=-1`, only what waits from long ago."""
    return list(reconciliation.reconcile(run(**kwargs), repair=True))


def forget_events(shop):
    """Let the inbox have had every event, so that only the objects themselves can tell."""
    for event in shop.undelivered():
        StripeEvent.objects.create(
            livemode=False,
            stripe_event_id=event["id"],
            type=event["type"],
            payload={},
            state=StripeEvent.State.IGNORED,
        )
