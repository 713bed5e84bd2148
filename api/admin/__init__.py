"""How staff see the API's tables."""

from api.admin.deliveries import WebhookDeliveryAdmin
from api.admin.endpoints import WebhookEndpointAdmin
from api.admin.keys import ApiKeyAdmin

__all__ = ["ApiKeyAdmin", "WebhookDeliveryAdmin", "WebhookEndpointAdmin"]
