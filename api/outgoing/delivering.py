"""
Sending what is due: several endpoints at a time, and one delivery at a time to each.

Threads wait for receivers and know nothing else; the database is asked between the requests, in
transactions that wait for nobody.
"""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.outgoing import claims, outcomes, recording, sending

if TYPE_CHECKING:
    from api.outgoing.claims import Claim
    from api.outgoing.sending import Answer

log = logging.getLogger(__name__)

# Requests at a time; and how many of them may go to endpoints that failed lately.
PLACES: Final = 8
PLACES_OF_FAILING: Final = 3
# Seconds after which a run begins no more requests, so that other jobs have their turn.
RUN: Final = 45.0
# How long it is known what was told to whom.
KEPT: Final = timedelta(days=30)
BATCH: Final = 500


def send_due(*, at: datetime | None = None) -> int:
    """
    Deliver all that is due, and return how much was.

    Side by side with itself it sends each delivery once, and an account's in their order.
    """
    claims.let_all_next(at=at or timezone.now())
    delivered = _send_due(at)
    # Whoever is back has shown it by now.
    outcomes.give_up(at=at or timezone.now())
    return delivered


def _send_due(at: datetime | None) -> int:
    until = time.monotonic() + RUN
    delivered = 0
    under_way: dict[Future[Answer], Claim] = {}
    with ThreadPoolExecutor(PLACES, thread_name_prefix="webhooks") as pool:
        while True:
            while len(under_way) < PLACES and time.monotonic() < until:
                probes = sum(claim.is_probe for claim in under_way.values())
                claim = claims.take(
                    at=at or timezone.now(), healthy_only=probes >= PLACES_OF_FAILING
                )
                if claim is None:
                    break
                under_way[pool.submit(sending.post, claim.request)] = claim
            if not under_way:
                return delivered
            for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                delivered += _note(under_way.pop(done), done.result(), at=at or timezone.now())


def _note(claim: "Claim", answer: "Answer", *, at: datetime) -> bool:
    """Note one answer; what cannot be noted is sent again when its claim has run out."""
    try:
        outcomes.note(claim, answer, at=at)
    except DatabaseError:
        log.exception("webhook_not_noted", extra={"delivery": claim.delivery.pk})
        return False
    return answer.is_success


@transaction.atomic
def send_again(delivery: WebhookDelivery) -> WebhookDelivery:
    """
    Let a delivery wait again, delivered before or given up; it keeps its id and its place.

    What waits for the same account comes after it.
    """
    delivery = WebhookDelivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    now = timezone.now()
    if delivery.status != WebhookDelivery.Status.WAITING:
        delivery.status, delivery.closed_at, delivery.attempts = "waiting", None, 0
        delivery.give_up_at = now + recording.LASTS
        delivery.due_at = now
        delivery.save(update_fields=["status", "closed_at", "attempts", "give_up_at", "due_at"])
    recording.soon()
    return delivery


def try_now(endpoint: WebhookEndpoint) -> None:
    """End an endpoint's pause, and those of all that waits there."""
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(paused_until=None)
        waiting = WebhookDelivery.objects.waiting().filter(endpoint=endpoint)
        now = timezone.now()
        free = waiting.exclude(endpoint__claimed_until__gt=now)
        free.filter(due_at__gt=now).update(due_at=now)
        recording.soon()


def prune(*, at: datetime) -> int:
    """Forget events that all were told of, or given up, long ago; return how many."""
    WebhookEndpoint.objects.filter(previous_secret_expires_at__lte=at).update(
        previous_secret="", previous_secret_expires_at=None
    )
    old = WebhookEvent.objects.filter(created_at__lt=at - KEPT).exclude(
        deliveries__status=WebhookDelivery.Status.WAITING
    )
    forgotten = 0
    while some := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        WebhookEvent.objects.filter(pk__in=some).delete()
        forgotten += len(some)
    return forgotten
