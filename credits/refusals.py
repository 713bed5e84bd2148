"""What the ledger refuses, and what it looks at before it asks the database."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from credits.models import Hold

# The largest integer that JSON readers everywhere keep exact.
MAX_CREDITS = 2**53 - 1
MAX_KEY_LENGTH = 200
# Keys and sources that the ledger gives to operations of its own.
RESERVED_PREFIXES = ("ledger:", "adjustment:")


class LedgerError(Exception):
    """Something the ledger refuses. Nothing was written."""


class InvalidOperation(LedgerError, ValueError):
    """Arguments that no account could take."""


class UnknownAccount(LedgerError):
    """There is no such account."""


class InsufficientCredits(LedgerError):
    def __init__(self, *, requested: int, available: int) -> None:
        self.requested = requested
        self.available = available
        super().__init__(f"{requested} credits requested, {available} available")


class NothingToGiveBack(LedgerError):
    """More than what an operation has used and not yet given back."""

    def __init__(self, *, requested: int, available: int) -> None:
        self.requested = requested
        self.available = available
        super().__init__(f"{requested} credits to give back, {available} were used")


class KeyConflict(LedgerError):
    """The key was used before, for something else."""

    def __init__(self, *, key: str) -> None:
        self.key = key
        super().__init__(f"the key {key!r} was used for something else")


class SourceConflict(KeyConflict):
    """The source has paid for another lot."""


class ApprovalRequired(LedgerError):
    """An adjustment of this size needs a second person."""

    def __init__(self, *, credits: int, above: int) -> None:
        self.credits = credits
        self.above = above
        super().__init__(f"an adjustment of {credits} needs approval: it is above {above}")


class HoldClosed(LedgerError):
    """The hold was captured, released, or has expired."""

    def __init__(self, *, hold: "Hold") -> None:
        self.hold = hold
        super().__init__(f"the hold {hold.key!r} is {hold.status}, {hold.captured} captured")


def check_credits(credits: int) -> None:
    """
    Refuse what is no positive number of credits.

    :raises InvalidOperation: if it is not
    """
    if isinstance(credits, bool) or not isinstance(credits, int):
        raise InvalidOperation(f"{credits!r} credits")
    if not 1 <= credits <= MAX_CREDITS:
        raise InvalidOperation(f"{credits} credits")


def check_key(key: str) -> None:
    """
    Refuse what cannot be a host's key.

    :raises InvalidOperation: if it cannot
    """
    if not 1 <= len(key) <= MAX_KEY_LENGTH or "\0" in key or key.startswith(RESERVED_PREFIXES):
        raise InvalidOperation(f"{key[:MAX_KEY_LENGTH]!r} as a key")


def check_text(text: str) -> None:
    """
    Refuse what PostgreSQL cannot keep: it would cut the text off, or end the host's transaction.

    :raises InvalidOperation: if it cannot
    """
    if not isinstance(text, str) or "\0" in text:
        raise InvalidOperation(f"{text!r} as a text")
