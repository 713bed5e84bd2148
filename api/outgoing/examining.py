"""What the doctor says of outgoing webhooks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.dispatch import receiver
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint
from billing.doctor.findings import Finding
from billing.doctor.signals import examining

PATIENCE: Final = timedelta(minutes=10)


@receiver(examining)
def examine(**_values: Any) -> Iterator[Finding]:
    now = timezone.now()
    healthy = WebhookDelivery.objects.due(at=now - PATIENCE).filter(
        endpoint__is_active=True, endpoint__failures=0
    )
    if unsent := healthy.count():
        yield Finding.wrong(
            f"{unsent} webhooks should have been sent by now.",
            "See that `api.send_webhooks` runs, every minute.",
        )
    for endpoint in WebhookEndpoint.objects.failing().filter(failures__gt=1).order_by("pk"):
        yield Finding.watch(
            f"Webhooks to {endpoint} fail since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC.",
            "The endpoint's deliveries in the admin show the receiver's answers.",
        )
    for endpoint in WebhookEndpoint.objects.filter(
        is_active=False, switched_off_at__gt=now - timedelta(days=7)
    ).order_by("pk"):
        yield Finding.watch(
            f"Webhooks to {endpoint} are switched off: {endpoint.why_off}",
            "Switch the endpoint on in the admin once the receiver works.",
        )
    if failed := WebhookDelivery.objects.lately_failed(at=now).count():
        yield Finding.watch(
            f"{failed} webhooks were given up lately.",
            "They can be sent again from the admin.",
        )
