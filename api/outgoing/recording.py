"""
Writing down what happened, in the transaction in which it happens.

The account is locked first. So of one account events are numbered in the order of their commits,
and whoever sees one sees all that came before it.
"""

import time
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
from django.utils import timezone

from api.models import EventType, WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.outgoing import payloads, signals
from credits.atomic import transaction_required
from credits.models import Account
from credits.signals import committing

# Retried for so long, then given up.
LASTS: Final = timedelta(days=3)
NOBODY_FOR: Final = 5.0  # seconds
_nobody_until = [0.0]  # by the clock of this process


@receiver(committing)
@transaction_required
def record(of: Signal, values: dict[str, Any], **_values: Any) -> None:
    """Write an event and a delivery for each endpoint that listens, if any does."""
    found = payloads.EVENTS.get(of)
    if found is None or not _is_any_endpoint_active():
        return
    event_type, read = found
    news = read(**values)
    listening = WebhookEndpoint.objects.listening(event_type, account_id=news.account.pk)
    endpoints = list(listening)
    if not endpoints:
        return
    Account.objects.select_for_update(no_key=True).get(pk=news.account.pk)
    event = WebhookEvent.objects.create(
        type=event_type,
        version=payloads.VERSION,
        account=news.account,
        data=news.write(),
        created_at=timezone.now(),
    )
    WebhookDelivery.objects.bulk_create(_delivery(event, endpoint) for endpoint in endpoints)
    soon()


@transaction.atomic
def write_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Have an endpoint told of nothing, to see whether it hears."""
    event = WebhookEvent.objects.create(
        type=EventType.WEBHOOK_TEST,
        version=payloads.VERSION,
        account=None,
        data={},
        created_at=timezone.now(),
    )
    delivery = _delivery(event, endpoint)
    delivery.save()
    soon()
    return delivery


def _is_any_endpoint_active() -> bool:
    """
    Tell whether an endpoint is in use; that none is, is remembered for a few seconds.

    So a site without webhooks does not pay for them with a query for each operation, and one that
    makes its first endpoint is told of what happens some seconds later.
    """
    if time.monotonic() < _nobody_until[0]:
        return False
    if WebhookEndpoint.objects.filter(is_active=True).exists():
        return True
    _nobody_until[0] = time.monotonic() + NOBODY_FOR
    return False


@receiver(post_save, sender=WebhookEndpoint)
def _look_again(**_values: Any) -> None:
    _nobody_until[0] = 0


def soon() -> None:
    """Let whoever runs the jobs know, once the transaction has committed."""
    transaction.on_commit(_wake_up, robust=True)


def _wake_up() -> None:
    signals.waiting.send_robust(None)


def _delivery(event: WebhookEvent, endpoint: WebhookEndpoint) -> WebhookDelivery:
    return WebhookDelivery(
        event=event,
        endpoint=endpoint,
        account_id=event.account_id,
        due_at=event.created_at,
        give_up_at=event.created_at + LASTS,
    )
