"""
Who sends what next: one delivery an endpoint at a time, whoever else is at it.

An endpoint is claimed by a conditional UPDATE in a transaction of its own, for longer than an
attempt can take; a process that dies leaves its claim to run out, and the delivery to be sent
again. Endpoints that fail come last, and share few of the places.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Min, OuterRef, Q

from api.models import WebhookDelivery, WebhookEndpoint
from api.outgoing import payloads, signing
from api.outgoing.sending import Request

# Longer than an attempt takes, unless the system's look-up of names takes minutes.
LEASE: Final = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A delivery that is ours to send, and what is sent."""

    token: UUID
    endpoint: WebhookEndpoint
    delivery: WebhookDelivery
    request: Request

    @property
    def is_probe(self) -> bool:
        """The endpoint has failed lately: this shows whether it still does."""
        return self.endpoint.failures > 0


def take(*, at: datetime, healthy_only: bool = False) -> Claim | None:
    """Claim what is sent next, or nothing if nothing is due."""
    tried: list[int] = []
    while True:
        endpoint = _next(at, healthy_only=healthy_only, but=tried)
        if endpoint is None:
            return None
        claim = _claim(endpoint, at=at)
        if claim is not None:
            return claim
        tried.append(endpoint.pk)  # somebody was faster


def _next(at: datetime, *, healthy_only: bool, but: list[int]) -> WebhookEndpoint | None:
    """Find the endpoint that was served least recently; those that fail come last."""
    due = WebhookDelivery.objects.due(at=at).filter(endpoint=OuterRef("pk"))
    endpoints = WebhookEndpoint.objects.filter(_is_free(at), Exists(due), is_active=True)
    if healthy_only:
        endpoints = endpoints.filter(failures=0)
    fails = ExpressionWrapper(Q(failures__gt=0), BooleanField())
    return (
        endpoints.exclude(pk__in=but)
        .order_by(fails, F("last_attempt_at").asc(nulls_first=True), "pk")
        .first()
    )


@transaction.atomic
def _claim(endpoint: WebhookEndpoint, *, at: datetime) -> Claim | None:
    token = uuid4()
    taken = WebhookEndpoint.objects.filter(_is_free(at), pk=endpoint.pk, is_active=True).update(
        claim=token, claimed_until=at + LEASE, last_attempt_at=at
    )
    if not taken:
        return None
    endpoint.refresh_from_db()
    delivery = _next_to(endpoint, at=at)
    if delivery is None:  # it was sent meanwhile, or waits for another
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(claim=None, claimed_until=None)
        return None
    delivery.attempts += 1
    delivery.due_at = at + LEASE
    delivery.save(update_fields=["attempts", "due_at"])
    return Claim(
        token=token,
        endpoint=endpoint,
        delivery=delivery,
        request=_request(delivery, endpoint, at=at),
    )


def _next_to(endpoint: WebhookEndpoint, *, at: datetime) -> WebhookDelivery | None:
    """Find what is due there; what is due before its turn is put aside."""
    due = WebhookDelivery.objects.due(at=at).filter(endpoint=endpoint).select_related("event")
    while delivery := due.order_by("due_at", "pk").first():
        if delivery.account_id is None:
            return delivery
        head = WebhookDelivery.objects.of_account(delivery).first()
        if head is None or head.pk == delivery.pk:
            return delivery
        later = WebhookDelivery.objects.of_account(delivery).filter(pk__gt=head.pk)
        later.filter(due_at__isnull=False).update(due_at=None)
    return None


def let_next(delivery: WebhookDelivery, *, at: datetime) -> None:
    """Let the next of an account be tried, where it was put aside for one that is closed now."""
    head = WebhookDelivery.objects.of_account(delivery).values("pk")[:1]
    WebhookDelivery.objects.waiting().filter(pk__in=head, due_at=None).update(due_at=at)


@transaction.atomic
def let_all_next(*, at: datetime) -> None:
    """Do so for every account, whatever became of whoever should have."""
    put_aside = WebhookDelivery.objects.waiting().filter(due_at=None)
    if not put_aside.exists():
        return
    # Two statements: one would be a join that PostgreSQL plans badly while the table grows.
    groups = WebhookDelivery.objects.waiting().values("endpoint", "account")
    heads = list(groups.annotate(head=Min("pk")).values_list("head", flat=True))
    free = put_aside.filter(pk__in=heads).locked()
    WebhookDelivery.objects.filter(pk__in=free).update(due_at=at)


def _is_free(at: datetime) -> Q:
    return (Q(claimed_until=None) | Q(claimed_until__lte=at)) & (
        Q(paused_until=None) | Q(paused_until__lte=at)
    )


def _request(delivery: WebhookDelivery, endpoint: WebhookEndpoint, *, at: datetime) -> Request:
    event = delivery.event
    body = payloads.body_of(event)
    return Request(
        url=endpoint.url,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Credits-Webhooks/1",
            **signing.headers(
                webhook_id=event.webhook_id,
                body=body,
                signed_with=endpoint.secrets(at=at),
                at=at,
            ),
        },
        body=body.encode(),
    )
