"""Where `stripe listen` asks for its websocket. Undocumented by Stripe."""

from stripe_sandbox import API_VERSION
from stripe_sandbox.api.kinds import Kind, Many
from stripe_sandbox.api.params import TEXT, UNSETTABLE, form
from stripe_sandbox.api.routes import Call, Route
from stripe_sandbox.delivery.listening import PATH, SECRET
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object

FEATURE = "webhooks"
# What the CLI sends along; it does its forwarding itself.
FIELDS: dict[str, Kind] = dict.fromkeys(
    (
        "device_name",
        "device_token",
        "forward_connect_to_url",
        "forward_thin_connect_to_url",
        "forward_thin_to_url",
        "forward_to_url",
    ),
    UNSETTABLE,
)


def open_session(call: Call) -> Object:
    """Tell the CLI where its websocket is and what it signs with."""
    return {
        "default_version": API_VERSION,
        "device_token": random_text(24),
        "display_connect_filter_warning": False,
        "latest_version": API_VERSION,
        "reconnect_delay": 3600,
        "secret": SECRET,
        "websocket_authorized_feature": FEATURE,
        "websocket_id": f"cliws_{random_text(24)}",
        "websocket_url": f"{call.world.base_url.replace('http', 'ws', 1)}{PATH}",
    }


ROUTES = (
    Route(
        "POST",
        "/v1/stripecli/sessions",
        form({**FIELDS, "websocket_features": Many(TEXT)}),
        open_session,
        hidden=True,
    ),
)
