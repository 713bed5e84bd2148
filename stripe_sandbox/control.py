"""
`/_sandbox/…`: what Stripe does not have, for tests and scenarios. JSON in, JSON out.

Only `application/json` is taken, and no other site's page may send it: a browser would ask
before, and is not told yes.
"""

import json
from typing import Any

from aiohttp import web

from stripe_sandbox.actions import perform
from stripe_sandbox.delivery.attempts import deliveries
from stripe_sandbox.errors import StripeError
from stripe_sandbox.state.world import World


class Control:
    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_sandbox/{action}", self.action),
            web.get("/_sandbox/events", self.events),
            web.get("/_sandbox/deliveries", self.deliveries),
            web.get("/_sandbox/switches", self.switches),
        ]

    async def action(self, request: web.Request) -> web.Response:
        require_json(request)
        try:
            body = perform(self.world, request.match_info["action"], await _json(request))
        except StripeError as error:
            return web.json_response({"error": error.error}, status=error.status)
        return web.json_response(body)

    async def events(self, request: web.Request) -> web.Response:
        filters = {"type": request.query["type"]} if "type" in request.query else {}
        return web.json_response(self.world.store.all("event", **filters))

    async def deliveries(self, _request: web.Request) -> web.Response:
        return web.json_response(deliveries(self.world))

    async def switches(self, _request: web.Request) -> web.Response:
        return web.json_response(self.world.switches.shown())


def require_json(request: web.Request) -> None:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON.")


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        values = json.loads(await request.text() or "{}")
    except ValueError as error:
        raise StripeError(400, "That is no JSON.") from error
    if not isinstance(values, dict):
        raise StripeError(400, "Send a JSON object.")
    return values
