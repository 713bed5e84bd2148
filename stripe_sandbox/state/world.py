"""
One Stripe account: its state, its clock, its switches, and what happens to it by itself.

Everything that changes state goes through here within one transaction of the store.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox import API_VERSION
from stripe_sandbox.state import ids
from stripe_sandbox.state.store import Object, Store
from stripe_sandbox.state.switches import Switches

ACCOUNT_ID = "acct_1SandboxSandbox00"


@dataclass(frozen=True)
class Request:
    """The API call that events name as their cause; a page causes events without one."""

    id: str | None = None
    idempotency_key: str | None = None


@dataclass
class World:
    store: Store
    base_url: str
    switches: Switches = field(default_factory=Switches)
    # What the switches are set to at the start and after a reset.
    defaults: Mapping[str, Any] = field(default_factory=dict)
    request: Request = field(default_factory=Request)
    # Events to be sent again to whoever listens.
    again: list[str] = field(default_factory=list)
    # Told every event.
    on_event: Callable[[Object], None] = lambda _event: None
    # Told after anything was scheduled, so that a sleeping loop looks again.
    on_change: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.switches.set(**self.defaults)

    def reset(self) -> None:
        """Forget everything."""
        with self.store.transaction():
            self.store.clear()
        self.switches.reset()
        self.switches.set(**self.defaults)

    def now(self) -> int:
        """Seconds since 1970, as Stripe's timestamps."""
        return int(time.time() + self.switches.clock_ahead)

    def create(self, object_name: str, *, private: Object | None = None, **values: Any) -> Object:
        """Keep a new object; `id` and `created` are made unless given."""
        body: Object = {"id": ids.new(object_name), "object": object_name, **values}
        return self.store.add(body, private=private)

    def schedule(self, what: str, id: str, *, seconds: float | None) -> None:
        """Have something happen by itself later, or never (None)."""
        if seconds is not None:
            self.store.schedule(what, id, time.time() + seconds)
            self.on_change()

    def emit(self, type: str, object: Object, previous: Object | None = None) -> Object:
        """Write an event of this moment's state and queue it for every endpoint that wants it."""
        data: Object = {"object": json.loads(json.dumps(object))}
        if previous:
            data["previous_attributes"] = previous
        endpoints = [
            endpoint
            for endpoint in self.store.all("webhook_endpoint", status="enabled")
            if {"*", type} & set(endpoint["enabled_events"])
        ]
        event = self.create(
            "event",
            api_version=API_VERSION,
            created=self.now(),
            data=data,
            livemode=False,
            pending_webhooks=len(endpoints),
            request={"id": self.request.id, "idempotency_key": self.request.idempotency_key},
            type=type,
        )
        self.on_event(event)
        self.on_change()
        for endpoint in endpoints:
            self.deliver(event["id"], endpoint["id"])
        return event

    def deliver(self, event_id: str, endpoint_id: str, *, attempt: int = 0) -> None:
        """Queue one delivery, as the switches say."""
        lost = attempt == 0 and self.switches.loses()
        copies = 2 if attempt == 0 and self.switches.delivery_duplicate else 1
        for _ in range(copies):
            self.store.db.execute(
                "INSERT INTO deliveries (event, endpoint, attempt, due_at, state) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    event_id,
                    endpoint_id,
                    attempt,
                    time.time() + self.switches.shuffled_delay(),
                    "lost" if lost else "waiting",
                ),
            )
        self.on_change()
