"""Endpoints as staff have them: made, given new secrets, switched on and off."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from api.models import WebhookEndpoint
from api.outgoing import addresses, recording, signing
from credits.models import Account

log = logging.getLogger(__name__)

# How long the secret before still signs, unless somebody says otherwise.
BOTH_ARE_GOOD_FOR: Final = timedelta(days=1)


def create(
    *,
    url: str,
    description: str = "",
    account: Account | None = None,
    event_types: Sequence[str] = (),
) -> WebhookEndpoint:
    """
    Make an endpoint; its `secret` is to be shown once.

    :param account: None for every account
    :param event_types: none for all
    :raises AddressRefused: if nothing may be posted there
    """
    addresses.read(url)
    return WebhookEndpoint.objects.create(
        url=url,
        description=description,
        account=account,
        event_types=list(event_types),
        secret=signing.new_secret(),
        created_at=timezone.now(),
    )


@transaction.atomic
def roll_secret(
    endpoint: WebhookEndpoint, *, both_good_for: timedelta = BOTH_ARE_GOOD_FOR
) -> WebhookEndpoint:
    """
    Give an endpoint a new secret, to be shown once; the one before signs as well for a while.

    :param both_good_for: zero where the old one has leaked
    """
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    is_kept = both_good_for > timedelta(0)
    endpoint.previous_secret = endpoint.secret if is_kept else ""
    endpoint.previous_secret_expires_at = timezone.now() + both_good_for if is_kept else None
    endpoint.secret = signing.new_secret()
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_expires_at"])
    log.info("webhook_secret_rolled", extra={"endpoint": endpoint.pk})
    return endpoint


def off(endpoint: WebhookEndpoint, *, because: str, at: datetime, tell: bool = True) -> None:
    """
    Send nothing there any more, and write to staff unless they did it themselves.

    What happens from now on is not told to it; what waits is tried again if it is switched on in
    time.
    """
    endpoint.is_active = False
    endpoint.switched_off_at, endpoint.switched_off_because = at, because[:200]
    endpoint.is_mail_due = tell
    endpoint.save(
        update_fields=["is_active", "switched_off_at", "switched_off_because", "is_mail_due"]
    )
    log.warning("webhook_switched_off", extra={"endpoint": endpoint.pk, "reason": because})


@transaction.atomic
def on(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Send there again, at once."""
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    endpoint.is_active, endpoint.is_mail_due = True, False
    endpoint.switched_off_at, endpoint.switched_off_because = None, ""
    endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None
    endpoint.save(
        update_fields=[
            "is_active",
            "is_mail_due",
            "switched_off_at",
            "switched_off_because",
            "failures",
            "failing_since",
            "paused_until",
        ]
    )
    log.info("webhook_switched_on", extra={"endpoint": endpoint.pk})
    recording.soon()
    return endpoint
