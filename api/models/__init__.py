"""The tables of the API."""

from api.models.deliveries import WebhookAttempt, WebhookDelivery, WebhookEvent
from api.models.endpoints import EventType, WebhookEndpoint
from api.models.keys import ApiKey, Scope

__all__ = [
    "ApiKey",
    "EventType",
    "Scope",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
