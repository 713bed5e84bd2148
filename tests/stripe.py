"""
A Stripe for the tests: the project's own sandbox, run inside the test process.

`stripe_sandbox` is an empty Stripe with `settings.STRIPE_API_BASE` pointing at it. Nothing happens
in it by itself: banks answer when told, and nothing is delivered unless `forward` says where;
most tests post `signed(event)` through the real view instead.
"""

import asyncio
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from stripe_sandbox import signing
from stripe_sandbox.client import Sandbox
from stripe_sandbox.server import Config, Server
from tests.contract import openapi, traffic

Object = dict[str, Any]
DEFAULTS = {"bank_seconds": None, "retry_seconds": [0.05, 0.1, 0.2]}


# Where each worker writes down what passed through its sandbox.
TRAFFIC = pytest.StashKey[Path]()
VERDICT = pytest.StashKey[traffic.Verdict]()


def pytest_configure(config: pytest.Config) -> None:
    worker: Object = getattr(config, "workerinput", {})
    folder = worker.get("stripe_traffic") or tempfile.mkdtemp(prefix="stripe-traffic-")
    config.stash[TRAFFIC] = Path(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["stripe_traffic"] = str(node.config.stash[TRAFFIC])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judge the whole suite's traffic, and fail the run for any fault in it."""
    if hasattr(session.config, "workerinput"):
        return
    folder = session.config.stash[TRAFFIC]
    spec = os.environ.get("STRIPE_SPEC")
    verdict = traffic.judge(traffic.read(folder), openapi.load(spec) if spec else None)
    session.config.stash[VERDICT] = verdict
    shutil.rmtree(folder)
    if verdict.faults and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    verdict = config.stash.get(VERDICT, None)
    if verdict is None or not verdict.calls:
        return
    judges = "stripe-python's classes"
    if spec := os.environ.get("STRIPE_SPEC"):
        judges += f" and Stripe's OpenAPI document {openapi.load(spec).version}"
    else:
        judges += " (not Stripe's OpenAPI document: STRIPE_SPEC is not set)"
    terminalreporter.section("Stripe contract")
    terminalreporter.line(f"{verdict.calls} calls, {verdict.events} events, judged by {judges}")
    terminalreporter.line(f"{verdict.judged} unlike one another, in {verdict.seconds:.1f} s")
    for fault, where in verdict.faults.items():
        terminalreporter.line(f"FAULT in {where}: {fault}", red=True)


class StripeSandbox(Sandbox):
    """A sandbox of this test process: what `Sandbox` does, and what passed through it."""

    def __init__(self, base_url: str, calls: list[Object]) -> None:
        super().__init__(base_url)
        # Every call to `/v1/…` of this test with its answer, oldest first.
        self.traffic = calls

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
        return body, signing.headers(body, secret or settings.STRIPE_WEBHOOK_SECRET[0], at=at)

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
        if not self._ready.wait(60):
            raise RuntimeError("The Stripe sandbox did not start.")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(60)


@pytest.fixture(scope="session")
def stripe_sandbox_server(pytestconfig: pytest.Config) -> Iterator[StripeSandbox]:
    calls: list[Object] = []
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (pytestconfig.stash[TRAFFIC] / f"{worker}.jsonl").open("a", buffering=1) as record:

        def on_call(call: Object) -> None:
            calls.append(call)
            record.write(json.dumps({"call": call}) + "\n")

        def on_event(event: Object) -> None:
            record.write(json.dumps({"event": event}) + "\n")

        config = Config(port=0, switches=DEFAULTS, on_call=on_call, on_event=on_event)
        with ServerThread(config) as thread:
            yield StripeSandbox(thread.base_url, calls)


@pytest.fixture
def stripe_sandbox(stripe_sandbox_server: StripeSandbox, settings: Any) -> StripeSandbox:
    """Give an empty Stripe, to which `settings.STRIPE_API_BASE` points."""
    stripe_sandbox_server.reset()
    settings.STRIPE_API_BASE = stripe_sandbox_server.base_url
    return stripe_sandbox_server
