"""
`/_sandbox/…`: what Stripe does not have, for tests and scenarios. JSON in, JSON out.

Only `application/json` is taken, and no other site's page may send it: a browser would ask
before, and is not told yes.
"""

import inspect
import json
from typing import Any

from aiohttp import web

from stripe_sandbox.actions import ACTIONS
from stripe_sandbox.errors import StripeError
from stripe_sandbox.store import Object
from stripe_sandbox.world import World


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


def perform(world: World, name: str, values: dict[str, Any]) -> Object:
    """
    Do an action by name, wholly or not at all; a declined card leaves its traces.

    :raises StripeError: if there is no such action, or it cannot be done
    """
    action = ACTIONS.get(name)
    if action is None:
        raise StripeError(404, f"There is no action {name}; there are {', '.join(ACTIONS)}.")
    try:
        inspect.signature(action).bind(world, **values)
    except TypeError as error:
        raise StripeError(400, f"{name}: {error}") from error
    declined: StripeError | None = None
    with world.store.transaction():
        try:
            body = action(world, **values)
        except StripeError as error:
            if error.undoes:
                raise
            declined = error
    if declined is not None:
        raise declined
    return body


def deliveries(world: World, event: str = "") -> list[Object]:
    """Every attempt to deliver, oldest first: of one event, or of all."""
    rows = world.store.db.execute(
        "SELECT d.event, d.endpoint, d.attempt, d.state, d.status, d.answer, d.milliseconds, "
        "d.due_at, json_extract(e.body, '$.type') AS type, json_extract(w.body, '$.url') AS url "
        "FROM deliveries d LEFT JOIN objects e ON e.id = d.event "
        "LEFT JOIN objects w ON w.id = d.endpoint WHERE ? IN (d.event, '') ORDER BY d.seq",
        (event,),
    )
    return [dict(row) for row in rows]


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        values = json.loads(await request.text() or "{}")
    except ValueError as error:
        raise StripeError(400, "That is no JSON.") from error
    if not isinstance(values, dict):
        raise StripeError(400, "Send a JSON object.")
    return values
