"""Where Stripe delivers its events to, and what it could not deliver."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from billing.stripe_gateway.calling import API_VERSION, client, errors


def undelivered_events(*, most: int = 100) -> list[dict[str, Any]]:
    """List events of the last 30 days that an endpoint has not taken yet, newest first."""
    with errors():
        found = client().v1.events.list(params={"delivery_success": False, "limit": most})
    return [event.to_dict(for_json=True) for event in found.data]


def webhook_endpoints() -> list[dict[str, Any]]:
    """List where Stripe delivers events to."""
    with errors():
        found = client().v1.webhook_endpoints.list(params={"limit": 100})
        return [one.to_dict(for_json=True) for one in found.auto_paging_iter()]


def create_webhook_endpoint(*, url: str, event_types: Sequence[str]) -> tuple[str, str]:
    """Have events delivered at this library's API version; return its id and, once, its secret."""
    params = {
        "url": url,
        "enabled_events": list(event_types),
        "api_version": API_VERSION,
        "description": "Credits",
    }
    with errors():
        made = client().v1.webhook_endpoints.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": str(uuid4())},
        )
    return made.id, made.secret or ""


def update_webhook_endpoint(endpoint_id: str, *, event_types: Sequence[str]) -> None:
    """Switch an endpoint on, for these types."""
    with errors():
        client(retries=1).v1.webhook_endpoints.update(
            endpoint_id,
            params={"enabled_events": list(event_types), "disabled": False},  # type: ignore[arg-type]
        )
