"""What the ledger refuses: one tree of errors. Where one is raised, nothing was written."""

from credits.models import Hold


class LedgerError(Exception):
    """Something the ledger refuses. Nothing was written."""


class InvalidOperation(LedgerError, ValueError):
    """Arguments that no account could take."""


class UnknownAccount(LedgerError):
    """There is no such account."""


class InsufficientCredits(LedgerError):
    """Too few credits can be spent. `requested` and `available` are in credits."""

    def __init__(self, *, requested: int, available: int) -> None:
        self.requested = requested
        self.available = available
        super().__init__(f"{requested} credits requested, {available} available")


class NothingToGiveBack(LedgerError):
    """More than an operation used and has not given back yet; both numbers are in credits."""

    def __init__(self, *, requested: int, available: int) -> None:
        self.requested = requested
        self.available = available
        super().__init__(f"{requested} credits to give back, {available} were used")


class KeyConflict(LedgerError):
    """The key was used before, for something else."""

    what = "key"

    def __init__(self, *, key: str) -> None:
        self.key = key
        super().__init__(f"the {self.what} {key!r} was used for something else")


class SourceConflict(KeyConflict):
    """The source has paid for another lot."""

    what = "source"


class ApprovalRequired(LedgerError):
    """An adjustment of this size needs a second person."""

    def __init__(self, *, credits: int, above: int) -> None:
        self.credits = credits
        self.above = above
        super().__init__(f"an adjustment of {credits} needs approval: it is above {above}")


class HoldClosed(LedgerError):
    """The hold was captured, released, or has expired."""

    def __init__(self, *, hold: Hold) -> None:
        self.hold = hold
        super().__init__(f"the hold {hold.key!r} is {hold.status}, {hold.captured} captured")


class UnknownOperation(LedgerError):
    """The price list has no such operation. `operation` is its slug."""

    state = "unknown"

    def __init__(self, *, operation: str) -> None:
        self.operation = operation
        super().__init__(f"the operation {operation!r} is {self.state}")


class InactiveOperation(UnknownOperation):
    """The operation was switched off in the price list."""

    state = "not active"
