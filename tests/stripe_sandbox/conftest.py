"""A place that events are delivered to, which answers as it is told."""

import http.server
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

SECRET = "whsec_inbox"


@dataclass(frozen=True)
class Delivery:
    body: bytes
    signature: str
    at: float = field(default_factory=time.monotonic)

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


class Inbox:
    """What arrived, and what is answered: one status after another, then 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.deliveries: list[Delivery] = []
        self.answers: list[int] = []
        self.seconds = 0.0

    def wait_for(self, count: int, *, within: float = 30.0) -> list[Delivery]:
        """
        Wait until so many deliveries have come.

        :raises TimeoutError: if fewer arrive
        """
        deadline = time.monotonic() + within
        while len(self.deliveries) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.deliveries)} of {count} deliveries arrived.")
            time.sleep(0.01)
        return self.deliveries

    def types(self) -> list[str]:
        return [delivery.event["type"] for delivery in self.deliveries]


@pytest.fixture
def inbox(stripe_sandbox):
    """Forward the sandbox's events to an HTTP server of this test."""
    box = Inbox("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(box.seconds)
            status = box.answers.pop(0) if box.answers else 200
            self.send_response(status)
            self.end_headers()
            box.deliveries.append(Delivery(body, self.headers["Stripe-Signature"]))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    stripe_sandbox.forward(box.url, SECRET)
    yield box
    stripe_sandbox.reset()
    server.shutdown()
    server.server_close()
    thread.join()
