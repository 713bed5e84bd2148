"""
A Stripe for tests, which runs in a thread of the test process.

`with running() as stripe:` serves until the block ends. Nothing happens in it by itself: banks
answer when told, and nothing is delivered unless `forward` says where to. pytest has it as the
fixture `stripe_sandbox` (`pytest_plugin.py`).
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from stripe_sandbox import signing
from stripe_sandbox.client import Object, Sandbox
from stripe_sandbox.server import Config, Server

KEY = "sk_test_" + "0" * 24
SECRET = "whsec_sandbox"  # noqa: S105 - made up
SWITCHES: dict[str, Any] = {"bank_seconds": None, "retry_seconds": [0.05, 0.1, 0.2]}
STARTS_WITHIN = 60.0  # seconds, on a machine that is busy

Recorder = Callable[[Object], None]


class StripeSandbox(Sandbox):
    """A sandbox of this process: what `Sandbox` does, and what was asked of it."""

    def __init__(self, base_url: str, *, secret: str = SECRET) -> None:
        super().__init__(base_url)
        # Any test key is taken; this one is for those who have none.
        self.key = KEY
        # What `signed` signs with.
        self.secret = secret
        # Every call to `/v1/…` since the last reset with its answer, oldest first.
        self.traffic: list[Object] = []

    def reset(self) -> None:
        super().reset()
        self.traffic.clear()

    def calls(self, method: str, path: str) -> list[Object]:
        """List the calls of one endpoint with their answers, oldest first."""
        return [call for call in self.traffic if (call["method"], call["path"]) == (method, path)]

    def signed(
        self, event: Object, *, secret: str | None = None, at: int | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """Sign an event as Stripe does, by default now; return its body and headers."""
        body = signing.payload(event)
        return body, signing.headers(body, secret or self.secret, at=at)


@contextmanager
def running(
    *,
    secret: str = SECRET,
    state: str = ":memory:",
    on_call: Recorder = lambda _call: None,
    on_event: Recorder = lambda _event: None,
) -> Iterator[StripeSandbox]:
    """
    Serve an empty Stripe on a free port.

    `on_call` is given every call with its answer, `on_event` every event, in the server's thread.

    :raises sqlite3.OperationalError: if `state` is no file that it can use
    """
    sandbox = StripeSandbox("", secret=secret)

    def record(call: Object) -> None:
        sandbox.traffic.append(call)
        on_call(call)

    thread = _ServerThread(
        Config(port=0, state=state, switches=SWITCHES, on_call=record, on_event=on_event)
    )
    sandbox.base_url = thread.serve()
    try:
        yield sandbox
    finally:
        thread.end()


class _ServerThread(threading.Thread):
    """Runs a server on an event loop of its own."""

    def __init__(self, config: Config) -> None:
        super().__init__(name="stripe-sandbox", daemon=True)
        self._config = config
        self._base_url = Future[str]()
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event

    def serve(self) -> str:
        """Start, and return the address once it answers."""
        self.start()
        return self._base_url.result(STARTS_WITHIN)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(STARTS_WITHIN)

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._base_url.done():
                raise
            self._base_url.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with Server(self._config) as server:
            self._base_url.set_result(server.base_url)
            await server.serve_until(self._end)
