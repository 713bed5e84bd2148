"""
What an answer means: delivered, to be tried again, given up; and for the endpoint itself.

A delivery that failed waits by itself, with growing pauses, and so do the later ones of its
account. An endpoint at which several in a row failed waits as a whole: then one attempt shows
whether it is back, however many deliveries wait there.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from api import wording
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from api.outgoing import claims, switching
from api.outgoing.recording import LASTS
from api.outgoing.sending import GONE, Answer

log = logging.getLogger(__name__)

Status = WebhookDelivery.Status

# Failures in a row after which an endpoint waits as a whole.
PATIENCE: Final = 3
LONGEST_ENDPOINT_PAUSE: Final = timedelta(minutes=15)
# 15 seconds, 30, a minute, … at most 6 hours: 20 attempts or so in three days.
FIRST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(hours=6)
# An endpoint at which nothing has succeeded for so long is switched off.
FAILS_FOR: Final = timedelta(days=5)


def pause_after(attempts: int) -> timedelta:
    """Give the pause of a delivery after so many attempts, at least 1."""
    return _growing(attempts - 1, longest=LONGEST_PAUSE)


def pause_of_endpoint(failures: int) -> timedelta:
    """Give the pause of an endpoint after so many failures in a row; none for the first."""
    if failures < PATIENCE:
        return timedelta(0)
    return _growing(failures - PATIENCE, longest=LONGEST_ENDPOINT_PAUSE)


@transaction.atomic
def note(claim: claims.Claim, answer: Answer, *, at: datetime) -> None:
    """Note one attempt and what follows from it, and let go of the endpoint."""
    # The lock order of everything here: endpoint, then delivery.
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=claim.endpoint.pk)
    delivery = WebhookDelivery.objects.select_for_update(no_key=True).get(pk=claim.delivery.pk)
    is_ours = endpoint.claim == claim.token
    WebhookAttempt.objects.create(
        delivery=delivery,
        number=claim.delivery.attempts,
        at=at,
        duration_ms=round(answer.seconds * 1000),
        status=answer.status,
        error=answer.error,
        excerpt=answer.excerpt,
    )
    if answer.is_success:
        _note_success(endpoint, delivery, at=at)
    elif is_ours:
        _note_failure(endpoint, delivery, answer, at=at)
    if is_ours:
        endpoint.claim = endpoint.claimed_until = None
    endpoint.save(
        update_fields=[
            "failures",
            "failing_since",
            "paused_until",
            "claim",
            "claimed_until",
        ]
    )
    delivery.save(update_fields=["status", "due_at", "closed_at"])
    if delivery.status != Status.WAITING:
        claims.let_next(delivery, at=at)


def _note_success(endpoint: WebhookEndpoint, delivery: WebhookDelivery, *, at: datetime) -> None:
    endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None
    delivery.status, delivery.closed_at = Status.DELIVERED, at
    log.info("webhook_delivered", extra=_names(delivery))


def _note_failure(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, answer: Answer, *, at: datetime
) -> None:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or at
    endpoint.paused_until = at + pause_of_endpoint(endpoint.failures)
    if delivery.status == Status.WAITING:
        if at >= delivery.give_up_at:
            delivery.status, delivery.closed_at = Status.FAILED, at
        else:  # the last attempt is made when the time is over
            delivery.due_at = min(at + pause_after(delivery.attempts), delivery.give_up_at)
    is_over = delivery.status == Status.FAILED
    log.warning(
        "webhook_given_up" if is_over else "webhook_put_off",
        extra={**_names(delivery), "status": answer.status, "error": answer.error},
    )
    if answer.status == GONE:
        switching.off(endpoint, because=wording.code("gone"), at=at)
    elif at - endpoint.failing_since >= FAILS_FOR:
        because = wording.code("nothing_delivered", days=FAILS_FOR.days)
        switching.off(endpoint, because=because, at=at)


@transaction.atomic
def give_up(*, at: datetime) -> int:
    """
    Give up what could not be delivered in time, and return how many.

    What was never tried, because we were away or its turn did not come, is only given up where
    nothing else got through either.
    """
    dead = Q(endpoint__is_active=False) | Q(endpoint__failing_since__lte=at - LASTS)
    is_being_sent = Q(endpoint__claimed_until__gt=at, due_at__gt=at)
    late = WebhookDelivery.objects.waiting().filter(dead, give_up_at__lte=at).exclude(is_being_sent)
    given_up = WebhookDelivery.objects.filter(pk__in=late.locked()).update(
        status=Status.FAILED, closed_at=at
    )
    if given_up:
        log.warning("webhooks_given_up", extra={"deliveries": given_up})
    return given_up


def _growing(doublings: int, *, longest: timedelta) -> timedelta:
    return min(FIRST_PAUSE * float(2 ** min(doublings, 20)), longest)


def _names(delivery: WebhookDelivery) -> dict[str, object]:
    return {
        "delivery": delivery.pk,
        "webhook_event": delivery.event_id,
        "endpoint": delivery.endpoint_id,
        "attempt": delivery.attempts,
    }
