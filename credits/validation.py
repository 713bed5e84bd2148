"""What a verb looks at before it asks the database. Each message names the rule and the value."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from credits.errors import InvalidOperation
from credits.models import Account

# The largest integer that JSON readers everywhere keep exact.
MAX_CREDITS = 2**53 - 1
MAX_KEY_LENGTH = 200
MAX_TEXT_LENGTH = 255
MAX_ACTOR_LENGTH = 64
# Keys and sources that the ledger gives to operations of its own.
RESERVED_PREFIXES = ("ledger:", "adjustment:")

# A NUL in JSON, and not a backslash before the letters "u0000".
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def check_credits(credits: int) -> None:
    """
    Refuse what is no positive number of credits.

    :raises InvalidOperation: if it is not
    """
    if isinstance(credits, bool) or not isinstance(credits, int):
        raise InvalidOperation(f"{credits!r} credits")
    if not 1 <= credits <= MAX_CREDITS:
        raise InvalidOperation(f"{credits} credits")


def check_account(account: Account) -> None:
    """
    Refuse whatever is no account: a user has a number too, which is another one's account.

    :raises InvalidOperation: if it is not
    """
    if not isinstance(account, Account):
        raise InvalidOperation(f"{account!r} is no Account: see Account.objects.for_user")


def check_key(key: str) -> None:
    """
    Refuse what cannot be a host's key, or source.

    :raises InvalidOperation: if it cannot
    """
    if not isinstance(key, str) or not key.strip() or key.startswith(RESERVED_PREFIXES):
        raise InvalidOperation(f"{key!r} as a key")
    check_text(key, longest=MAX_KEY_LENGTH)


def check_text(text: str, *, longest: int = MAX_TEXT_LENGTH) -> None:
    """
    Refuse what PostgreSQL cannot keep: it would cut the text off, or end the host's transaction.

    :raises InvalidOperation: if it cannot
    """
    if not isinstance(text, str) or len(text) > longest or "\0" in text or not _is_unicode(text):
        raise InvalidOperation(f"{text!r:.300} as a text of at most {longest} characters")


def check_actor(actor: str) -> None:
    """
    Refuse what cannot name who acts.

    :raises InvalidOperation: if it cannot
    """
    check_text(actor, longest=MAX_ACTOR_LENGTH)


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
        raise InvalidOperation(f"{metadata!r:.300} as metadata: {error}") from error
    if _NUL.search(text) or not _is_unicode(text):
        raise InvalidOperation(f"{metadata!r:.300} as metadata: PostgreSQL cannot keep such text")
    return copy


def check_instant(instant: datetime | None) -> None:
    """
    Refuse a date, or a time of no time zone.

    :raises InvalidOperation: if it is one
    """
    if instant is not None and (not isinstance(instant, datetime) or instant.tzinfo is None):
        raise InvalidOperation(f"{instant!r} as an instant: it needs a time and a time zone")


def _is_unicode(text: str) -> bool:
    """Tell a text from one with half of a surrogate pair in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
