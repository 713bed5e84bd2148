"""
What a verb looks at before it asks the database, so that no transaction of a host is broken.

Each message names the rule and the value that broke it.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from credits.errors import InvalidOperation
from credits.limits import (
    MAX_ACTOR_LENGTH,
    MAX_CREDITS,
    MAX_KEY_LENGTH,
    MAX_PLACES,
    MAX_SLUG_LENGTH,
    MAX_TEXT_LENGTH,
    NAMED_OPERATION,
)
from credits.models import Account
from credits.models.lots import DEFAULT_PRIORITY, LAST_PRIORITY

# Keys and sources that the ledger gives to operations of its own.
RESERVED_PREFIXES = ("ledger:", "adjustment:")

_NAMED = re.compile(NAMED_OPERATION)
# A NUL in JSON, and not a backslash before the letters "u0000".
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def check_operation(
    *, credits: int, key: str, description: str, actor: str, at: datetime | None
) -> None:
    """
    Check what every verb takes.

    :raises InvalidOperation: if any of it cannot be
    """
    check_credits(credits)
    check_key(key)
    check_text(description, "a description")
    check_actor(actor)
    check_instant(at)


def check_account(account: Account) -> None:
    """
    Check that it is an account: a user has a number too, which is another one's account.

    :raises InvalidOperation: if it is not
    """
    if not isinstance(account, Account):
        raise InvalidOperation(
            f"account is an Account (see Account.objects.for_user), got {account!r}"
        )


def check_credits(credits: int, *, least: int = 1, most: int = MAX_CREDITS) -> None:
    """
    Check a number of credits.

    :raises InvalidOperation: if it is no integer, or not from `least` to `most`
    """
    if not isinstance(credits, int) or isinstance(credits, bool) or not least <= credits <= most:
        raise InvalidOperation(f"credits are an int from {least} to {most}, got {credits!r}")


def check_change(credits: int) -> None:
    """
    Check a number of credits to add or, below zero, to take.

    :raises InvalidOperation: if it is no integer, or zero, or too large
    """
    check_credits(credits, least=-MAX_CREDITS)
    if credits == 0:
        raise InvalidOperation("an adjustment adds credits or takes them, got 0")


def check_units(units: int | Decimal) -> None:
    """
    Check a number of units: exact, so no float, and of a size that can be reckoned with.

    :raises InvalidOperation: if it cannot be
    """
    is_number = isinstance(units, int | Decimal) and not isinstance(units, bool)
    # NaN and infinity have letters for an exponent.
    exponent = units.as_tuple().exponent if isinstance(units, Decimal) else 0
    if (
        not is_number
        or not isinstance(exponent, int)
        or not 0 <= units <= MAX_CREDITS
        or exponent < -MAX_PLACES
    ):
        raise InvalidOperation(
            f"units are an int or a Decimal from 0 to {MAX_CREDITS} with at most {MAX_PLACES}"
            f" decimal places, got {units!r:.300}"
        )


def check_key(key: str, name: str = "a key") -> None:
    """
    Check a host's key, or source.

    :raises InvalidOperation: if it is empty, too long, or the ledger's own
    """
    if (
        not isinstance(key, str)
        or not key.strip()
        or len(key) > MAX_KEY_LENGTH
        or key.startswith(RESERVED_PREFIXES)
    ):
        raise InvalidOperation(
            f"{name} has 1 to {MAX_KEY_LENGTH} characters and does not begin with"
            f" {' or '.join(RESERVED_PREFIXES)}, got {key!r:.300}"
        )
    check_text(key, name)


def check_text(text: str, name: str, *, least: int = 0, longest: int = MAX_TEXT_LENGTH) -> None:
    """
    Check a text: what PostgreSQL cannot keep it would cut off, or end the host's transaction for.

    :param least: characters that it has, other than white space at its ends
    :raises InvalidOperation: if it is no text, too short or too long, or cannot be kept
    """
    if text == "" and not least:
        return
    if not isinstance(text, str):
        raise InvalidOperation(f"{name} is a str, got {text!r:.300}")
    if len(text.strip()) < least or len(text) > longest:
        raise InvalidOperation(
            f"{name} has {least} to {longest} characters, got {len(text)}: {text!r:.300}"
        )
    if "\0" in text or not _is_unicode(text):
        raise InvalidOperation(f"{name} has no NUL and no half of a character, got {text!r:.300}")


def check_actor(actor: str, name: str = "an actor", *, least: int = 0) -> None:
    """
    Check the name of who acts.

    :raises InvalidOperation: if it is too short or too long, or cannot be kept
    """
    check_text(actor, name, least=least, longest=MAX_ACTOR_LENGTH)


def check_slug(operation: str) -> None:
    """
    Check the slug of an operation that is charged for; "" for none.

    :raises InvalidOperation: if it is too long, or has other than letters, digits, "_", "-" and "."
    """
    if operation == "":
        return
    if (
        not isinstance(operation, str)
        or len(operation) > MAX_SLUG_LENGTH
        or not _NAMED.fullmatch(operation)
    ):
        raise InvalidOperation(
            f"an operation has at most {MAX_SLUG_LENGTH} ASCII letters, digits, '_', '-' and '.',"
            f" got {operation!r:.300}"
        )


def check_metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    Copy metadata that PostgreSQL can keep as JSON.

    :raises InvalidOperation: if it cannot
    """
    if metadata is None or metadata == {}:
        return {}
    try:
        copy = dict(metadata)
        text = json.dumps(copy, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidOperation(
            f"metadata is a dict that JSON can hold ({error}), got {metadata!r:.300}"
        ) from error
    if _NUL.search(text) or not _is_unicode(text):
        raise InvalidOperation(
            f"metadata has no NUL and no half of a character, got {metadata!r:.300}"
        )
    return copy


def check_instant(instant: datetime | None, name: str = "at") -> None:
    """
    Check a moment.

    :raises InvalidOperation: if it is a date, or a time without a time zone
    """
    if instant is not None and (not isinstance(instant, datetime) or instant.tzinfo is None):
        raise InvalidOperation(f"{name} is a datetime with a time zone, got {instant!r}")


def check_priority(priority: int) -> None:
    """
    Check a lot's place among others.

    :raises InvalidOperation: if it is no integer, or out of bounds
    """
    is_integer = isinstance(priority, int) and not isinstance(priority, bool)
    if not is_integer or not 0 <= priority <= LAST_PRIORITY:
        raise InvalidOperation(f"a priority is an int from 0 to {LAST_PRIORITY}, got {priority!r}")


def check_span(starts_at: datetime | None, expires_at: datetime | None) -> None:
    """
    Check from when until when credits can be spent.

    :raises InvalidOperation: if either is no moment, or they would end before they begin
    """
    check_instant(starts_at, "starts_at")
    check_instant(expires_at, "expires_at")
    if starts_at and expires_at and starts_at >= expires_at:
        raise InvalidOperation(
            f"credits expire after they start, got {starts_at!r} and {expires_at!r}"
        )


def check_terms(
    credits: int,
    *,
    priority: int,
    starts_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """
    Check what credits of an adjustment are given with; of those that it takes there is none of it.

    :raises InvalidOperation: if a value breaks its own rule, or credits are taken
    """
    check_priority(priority)
    check_span(starts_at, expires_at)
    if credits < 0 and (priority != DEFAULT_PRIORITY or starts_at or expires_at):
        raise InvalidOperation(
            f"only credits that are given have a priority, a start or an expiry, got {credits}"
        )


def _is_unicode(text: str) -> bool:
    """Tell a text from one with half of a surrogate pair in it."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
