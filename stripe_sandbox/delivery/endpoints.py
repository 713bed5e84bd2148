"""Where events are delivered to."""

from typing import Any

from stripe_sandbox import API_VERSION
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World


def add(
    world: World, *, url: str, enabled_events: list[str], secret: str | None = None, **given: object
) -> Object:
    """Register an endpoint; the answer alone carries its secret."""
    secret = secret or f"whsec_{random_text(32)}"
    values: Object = {
        "api_version": None,
        "application": None,
        "created": world.now(),
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
        **given,
    }
    endpoint = world.create("webhook_endpoint", private={"secret": secret}, **values)
    return {**endpoint, "secret": secret}


def forward(world: World, *, url: str, secret: str) -> Object:
    """Deliver every event to this address with this secret, and no longer to the last such."""
    everything: Any = {"enabled_events": ["*"], "api_version": API_VERSION}  # as events are written
    for endpoint in world.store.all("webhook_endpoint"):
        if world.store.private(endpoint["id"]).get("forwarded") or endpoint["url"] == url:
            world.store.change(endpoint, status="enabled", url=url, **everything)
            break
    else:
        endpoint = add(world, url=url, **everything)
    world.store.set_private(endpoint["id"], forwarded=True, secret=secret)
    return endpoint
