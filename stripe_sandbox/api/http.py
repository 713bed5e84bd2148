"""`/v1/…` over HTTP, with the switches that make it slow, failing or dead."""

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from aiohttp import web

from stripe_sandbox.api import dispatch
from stripe_sandbox.api.dispatch import Answer, Asked
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.world import World

# Told every request and its answer.
Recorder = Callable[[dict[str, Any]], None]


class Api:
    def __init__(self, world: World, recorder: Recorder | None = None) -> None:
        self.world = world
        self.recorder = recorder

    async def handle(self, request: web.Request) -> web.StreamResponse:
        switches = self.world.switches
        asked = Asked(
            request.method,
            request.path,
            request.query_string,
            (await request.read()).decode(errors="replace"),
            request.headers,
        )
        misbehaves = switches.applies_to(f"{asked.method} {asked.path}")
        down, status, hang = switches.api_down, switches.api_status, switches.api_hang_after_effect
        if misbehaves and switches.api_slow:
            await asyncio.sleep(switches.api_slow)
        if misbehaves and down:
            return _cut(request)
        if misbehaves and status is not None:
            answer = _failing(status)
        else:
            answer = dispatch.answer(self.world, asked)
        if self.recorder is not None:
            self.recorder(_pair(asked, answer))
        if misbehaves and hang:
            await asyncio.sleep(hang)
            return _cut(request)
        headers = {"Date": formatdate(self.world.now(), usegmt=True), **answer.headers}
        return web.json_response(answer.body, status=answer.status, headers=headers)


def _cut(request: web.Request) -> web.Response:
    """Close the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _failing(status: int) -> Answer:
    kind = "invalid_request_error" if status == HTTPStatus.TOO_MANY_REQUESTS else "api_error"
    message = (
        "Request rate limit exceeded. Learn more about rate limits here "
        "https://stripe.com/docs/rate-limits."
        if status == HTTPStatus.TOO_MANY_REQUESTS
        else "An unknown error occurred (the sandbox was told to fail)."
    )
    error: dict[str, Any] = {"message": message, "type": kind}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        error["code"] = "rate_limit"
    return Answer(status, {"error": error}, {"Request-Id": f"req_{random_text(14)}"})


def _pair(asked: Asked, answer: Answer) -> dict[str, Any]:
    kept = ("Content-Type", "Idempotency-Key", "Stripe-Version")
    return {
        "method": asked.method,
        "path": asked.path,
        "query": asked.query,
        "body": asked.body,
        "headers": {name: asked.headers[name] for name in kept if name in asked.headers},
        "status": answer.status,
        "response": answer.body,
        "response_headers": answer.headers,
    }
