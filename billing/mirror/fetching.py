"""Asking Stripe for what events name and do not carry, until it does not answer."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils import timezone

from billing import stripe_gateway
from billing.mirror.records import Snapshot

log = logging.getLogger(__name__)

Name = tuple[str, str]  # kind and id

# What can be asked for by its id, and what comes with it in the same answer.
COLLECTIONS: Final = {
    "product": ("products", ()),
    "price": ("prices", ()),
    "payment_intent": ("payment_intents", ("customer", "latest_charge")),
    "charge": ("charges", ("payment_intent",)),
    "customer": ("customers", ()),  # last: it mostly came with its payment
}


@dataclass(kw_only=True)
class Swept:
    """What one sweep did."""

    events: int = 0
    calls: int = 0
    unanswered: str = ""
    # Kind and id of what was not asked for, or not answered.
    waiting: set[Name] = field(default_factory=set)


def fetch(wanted: Iterable[Name], swept: Swept) -> Iterator[Snapshot]:
    """Ask Stripe for objects, until it does not answer."""
    had: set[Name] = set()
    for kind, stripe_id in wanted:
        if (kind, stripe_id) in had:
            continue
        if swept.unanswered:
            swept.waiting.add((kind, stripe_id))
            continue
        collection, expand = COLLECTIONS[kind]
        as_of = int(timezone.now().timestamp())
        try:
            swept.calls += 1
            data = stripe_gateway.read_object(collection, stripe_id, expand=expand)
        except stripe_gateway.GatewayUnavailable as error:
            swept.unanswered = str(error) or type(error).__name__
            swept.waiting.add((kind, stripe_id))
            continue
        except stripe_gateway.GatewayRefused as error:
            log.warning(
                "mirror_refused", extra={"kind": kind, "stripe_id": stripe_id, "error": str(error)}
            )
            continue
        for name in expand:
            if isinstance(data.get(name), dict):
                inner = data[name]
                data[name] = inner["id"]
                had.add((inner["object"], inner["id"]))
                yield Snapshot(data=inner, as_of=as_of)
        yield Snapshot(data=data, as_of=as_of)
