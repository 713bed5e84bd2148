"""
A Stripe for the tests: the project's own sandbox, run inside the test process.

`stripe_sandbox` is an empty Stripe with `settings.STRIPE_API_BASE` pointing at it. Nothing happens
in it by itself: banks answer when told, and nothing is delivered unless `forward` says where;
most tests post `signed(event)` through the real view instead.
"""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, Self

import pytest

from billing.sandbox import signing
from billing.sandbox.client import Sandbox
from billing.sandbox.server import Config, Server

Object = dict[str, Any]
DEFAULTS = {"bank_seconds": None, "retry_seconds": [0.05, 0.1, 0.2]}


class StripeSandbox(Sandbox):
    """A sandbox of this test process: what `Sandbox` does, and what passed through it."""

    def __init__(self, base_url: str, traffic: list[Object]) -> None:
        super().__init__(base_url)
        # Every call to `/v1/…` of this test with its answer, oldest first.
        self.traffic = traffic

    def reset(self) -> None:
        super().reset()
        self.traffic.clear()

    def signed(
        self, event: Object, *, secret: str | None = None, at: int | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """
        Sign an event as Stripe does; return its body and headers.

        The secret is the settings' first, the moment is now.
        """
        from django.conf import settings  # noqa: PLC0415 - settings may not be ready at import

        body = signing.payload(event)
        return body, signing.headers(body, secret or settings.STRIPE_WEBHOOK_SECRETS[0], at=at)

    def calls(self, method: str, path: str) -> list[Object]:
        """List the calls of this test to one endpoint."""
        return [call for call in self.traffic if (call["method"], call["path"]) == (method, path)]


class ServerThread(threading.Thread):
    """Runs a sandbox on an event loop of its own."""

    def __init__(self, config: Config) -> None:
        super().__init__(name="stripe-sandbox", daemon=True)
        self.config = config
        self.base_url = ""
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with Server(self.config) as server:
            self.base_url = server.base_url
            self._ready.set()
            await self._end.wait()

    def __enter__(self) -> Self:
        self.start()
        if not self._ready.wait(10):
            raise RuntimeError("The Stripe sandbox did not start.")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(10)


@pytest.fixture(scope="session")
def stripe_sandbox_server() -> Iterator[StripeSandbox]:
    traffic: list[Object] = []
    config = Config(port=0, switches=DEFAULTS, recorder=traffic.append)
    with ServerThread(config) as thread:
        yield StripeSandbox(thread.base_url, traffic)


@pytest.fixture
def stripe_sandbox(stripe_sandbox_server: StripeSandbox, settings: Any) -> StripeSandbox:
    """Give an empty Stripe, to which `settings.STRIPE_API_BASE` points."""
    stripe_sandbox_server.reset()
    settings.STRIPE_API_BASE = stripe_sandbox_server.base_url
    return stripe_sandbox_server
