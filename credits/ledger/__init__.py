"""
Credits in and out of an account: the verbs of the ledger.

Each verb is atomic and has a key (a grant: its source). Repeating it with the same arguments
returns the first result and changes nothing; with other arguments it raises `KeyConflict`. A verb
inside the host's `atomic()` belongs to the host's transaction, and a `LedgerError` leaves that
transaction usable. Verbs, and those of `credits.holds`, share these arguments:

    account      an `Account`; its numbers are read from the database, never from the instance
    credits      an int from 1 to 2**53 - 1
    key          the host's name for what happens, such as "report:17": 1 to 200 characters, once
                 an account, not beginning with "ledger:" or "adjustment:"
    source       what a grant is for, such as "referral:81": like a key, but once in the ledger
    operation    what the host charges for, by its slug: at most 64 ASCII letters, digits, "_", "-"
                 and "."; "" for nothing in particular; kept forever
    description  a str of at most 255 characters, which the holder reads; kept forever
    metadata     a dict that JSON can hold; kept forever
    actor        who acts, a str of at most 64 characters: "staff:12"; "" for the host application
    at           the datetime, with a time zone, at which it happens; None for now

An argument that breaks its rule raises `InvalidOperation`, a ValueError that names rule and value,
before the database is asked.
"""

from credits.errors import (
    ApprovalRequired,
    HoldClosed,
    InsufficientCredits,
    InvalidOperation,
    KeyConflict,
    LedgerError,
    NothingToGiveBack,
    SourceConflict,
    UnknownAccount,
)
from credits.ledger.balances import balance, expire
from credits.ledger.granting import adjust, grant
from credits.ledger.returning import give_back, set_clawback_target
from credits.ledger.spending import Spend, spend, spend_many

__all__ = [
    "ApprovalRequired",
    "HoldClosed",
    "InsufficientCredits",
    "InvalidOperation",
    "KeyConflict",
    "LedgerError",
    "NothingToGiveBack",
    "SourceConflict",
    "Spend",
    "UnknownAccount",
    "adjust",
    "balance",
    "expire",
    "give_back",
    "grant",
    "set_clawback_target",
    "spend",
    "spend_many",
]
