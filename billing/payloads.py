"""What stands in an event's payload, whoever brings it: a webhook, Stripe's API, or our row."""

import re
from collections.abc import Mapping
from typing import Any, Final

DEEPEST: Final = 100  # levels of nesting; Stripe's own events have about ten
# What a JSON text may say and PostgreSQL cannot store: NUL, and halves of surrogate pairs.
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def object_of(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Find the object in an event's payload, or nothing.

    https://docs.stripe.com/api/events/object#event_object-data-object
    """
    data = payload.get("data")
    found = data.get("object") if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def storable(value: Any, depth: int = 0) -> Any:
    """
    Take out of a parsed JSON text what PostgreSQL cannot store.

    :raises ValueError: if it is nested too deeply
    """
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item, depth + 1) for key, item in value.items()}
    return value
