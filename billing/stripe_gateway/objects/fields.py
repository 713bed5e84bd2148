"""
Reading one field of Stripe's: it has the type that we need, or it is malformed.

The same readers take a webhook's payload and an answer of the API. The payload's version is the
endpoint's, so they read defensively: what is not used is not looked at, and what is used must
have the right type.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

STRIPE_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
LARGEST_AMOUNT = 2**53  # what JSON carries exactly


class MalformedObject(ValueError):
    """Stripe's object lacks something that we need, or has it in another shape."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field} is {str(value)[:100]!r}")
        self.field = field
        self.value = value


def find_id(data: Mapping[str, Any], field: str) -> str:
    """Find the id of an object that a field names, expanded or not; empty where none does."""
    value = data.get(field)
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def read_id(data: Mapping[str, Any], field: str) -> str:
    found = find_id(data, field)
    if not STRIPE_ID.fullmatch(found):
        raise MalformedObject(field, data.get(field))
    return found


def read_optional_id(data: Mapping[str, Any], field: str) -> str | None:
    return None if data.get(field) is None else read_id(data, field)


def read_text(data: Mapping[str, Any], field: str, *, default: str | None = None) -> str:
    value = data.get(field)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise MalformedObject(field, value)
    return value


def read_amount(data: Mapping[str, Any], field: str, *, default: int | None = None) -> int:
    value = data.get(field)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST_AMOUNT:
        raise MalformedObject(field, value)
    return value


def read_bool(data: Mapping[str, Any], field: str) -> bool:
    value = data.get(field)
    if not isinstance(value, bool):
        raise MalformedObject(field, value)
    return value


def read_metadata(data: Mapping[str, Any]) -> dict[str, str]:
    metadata = data.get("metadata")
    if not isinstance(metadata, Mapping):
        return {}
    return {key: value for key, value in metadata.items() if isinstance(value, str)}


def read_timestamp(value: object) -> datetime | None:
    """Seconds since 1970, or text as thin events have it; None for anything else."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return moment if moment.tzinfo else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**35:
        return None
    return datetime.fromtimestamp(value, tz=UTC)
