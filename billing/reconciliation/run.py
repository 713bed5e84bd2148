"""One run through Stripe: since when, what was seen of ours, and what is only seconds old."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from billing import conf, stripe_gateway
from billing.payloads import object_of
from billing.reconciliation.findings import Difference
from billing.webhooks.handlers import HANDLERS

Row = TypeVar("Row", bound=Model)

# `GET /v1/events` takes at most this many types at once.
MOST_TYPES = 20
# Rows that are in memory at a time.
CHUNK = 500
# Seconds after which the newest events are asked for again.
REFRESH = 5.0


class Seen:
    """Which rows of a table a run has met: one bit a row, by its primary key."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, pk: int) -> None:
        place = pk >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits) + 1024))
        self._bits[place] |= 1 << (pk & 7)

    def __contains__(self, pk: int) -> bool:
        place = pk >> 3
        return place < len(self._bits) and bool(self._bits[place] >> (pk & 7) & 1)


def in_chunks(rows: QuerySet[Row]) -> Iterator[Row]:
    """Go through rows by primary key: no cursor stays open while Stripe is asked."""
    last = 0
    while True:
        chunk = list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK])
        yield from chunk
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk


def event_types() -> list[list[str]]:
    """List the types that do something here, in portions that Stripe takes."""
    types = sorted(HANDLERS)
    return [types[start : start + MOST_TYPES] for start in range(0, len(types), MOST_TYPES)]


@dataclass
class Run:
    since: datetime
    livemode: bool = field(default_factory=conf.livemode)
    # How many objects of Stripe's were held against ours, by kind.
    compared: Counter[str] = field(default_factory=Counter)
    # Which rows of ours a page of Stripe's has named, by table.
    seen: defaultdict[str, Seen] = field(default_factory=lambda: defaultdict(Seen))
    _named: frozenset[str] = frozenset()
    _named_at: float = float("-inf")

    def is_recent(self, difference: Difference) -> bool:
        """Tell whether an event of the last seconds names what differs."""
        if not conf.reconcile_patience():
            return False
        # What nothing repairs goes to a person: for that, what happened this moment counts too.
        if time.monotonic() - self._named_at > (REFRESH if difference.repair else 0):
            self._named = self._named_by_recent_events()
            self._named_at = time.monotonic()
        return not difference.about.isdisjoint(self._named)

    @staticmethod
    def _named_by_recent_events() -> frozenset[str]:
        patience = timedelta(seconds=conf.reconcile_patience())
        since = datetime.now(tz=UTC) - patience
        return frozenset(
            name
            for types in event_types()
            for page in stripe_gateway.list_events(since=since, types=types)
            for event in page
            for name in named_by(event)
        )


def named_by(event: dict[str, Any]) -> set[str]:
    """Collect the ids of what an event tells of, its own too."""
    found = object_of(event)
    names = (event.get("id"), *(found.get(key) for key in ("id", "payment_intent", "charge")))
    return {name for name in names if isinstance(name, str)}
