"""
The functions of the database: what each is asked, what it answers, and the statement that asks it.

A verb is a view that takes an INSERT; its trigger does the work and answers in the row's other
columns (`credits/sql/`). A call is a NamedTuple of the columns to fill, an answer one of those that
come back; the statement's columns, and how each is written and read, follow from their types. One
statement, one round trip; only a balance in which something is due takes two. On its own a
statement is a transaction; inside `atomic()` it is part of the host's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from credits.errors import InvalidOperation
from credits.prepared import Function, insert


def check_time(refused: str | None, at: datetime) -> None:
    """
    Look at what the database says of an operation's `at`.

    :raises InvalidOperation: if the operation cannot have happened then; nothing was written
    """
    if refused is not None:
        raise InvalidOperation(f"at is {refused}, got {at.isoformat()}")


class Draw(NamedTuple):
    """Credits to take from open lots: a SPEND, a HOLD or a negative ADJUSTMENT."""

    account_id: int
    kind: str
    credits: int
    key: str
    operation: str
    description: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime
    lien: bool = False
    hold_expires_at: datetime | None = None


class Drawn(NamedTuple):
    """No transaction: too few credits, `available` of them; none of either: no such account."""

    transaction_id: int | None
    lot_id: int | None  # none: several
    seq: int | None
    balance_after: int | None
    replayed: bool | None
    available: int | None
    refused: str | None
    hold_id: int | None = None


draw = insert("credits_draw_v1", Draw, Drawn, says_alone=True)


class OneSpend(NamedTuple):
    """One of many spends: what `credits_wanted_spend_v1` holds."""

    place: int
    account_id: int
    credits: int
    key: str
    operation: str
    description: str
    metadata: Mapping[str, Any]
    actor: str


class SpendMany(NamedTuple):
    spends: Sequence[Mapping[str, Any]]  # of OneSpend
    at: datetime
    lien: bool


class SpentMany(NamedTuple):
    answers: Sequence[Sequence[Any]]  # of Drawn, in the order of `place`


spend_many = insert("credits_spend_many_v1", SpendMany, SpentMany)


class Grant(NamedTuple):
    """A lot to open: a GRANT or a positive ADJUSTMENT."""

    account_id: int
    kind: str
    lot_kind: str
    credits: int
    source: str
    priority: int
    starts_at: datetime | None
    expires_at: datetime | None
    key: str | None
    description: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime


class Granted(NamedTuple):
    """No lot: there is no such account, or the key is another operation's."""

    lot_id: int | None
    transaction_id: int | None
    replayed: bool | None
    key_taken: bool | None
    refused: str | None


grant = insert("credits_grant_v1", Grant, Granted)


class GiveBack(NamedTuple):
    account_id: int
    undoes_id: int
    credits: int
    key: str
    description: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime


class GivenBack(NamedTuple):
    """No transaction: only `available` credits can still be given back."""

    transaction_id: int | None
    lot_id: int | None  # none: several
    seq: int | None
    balance_after: int | None
    operation: str | None
    replayed: bool
    available: int | None
    refused: str | None


give_back = insert("credits_give_back_v1", GiveBack, GivenBack)


class SetClawbackTarget(NamedTuple):
    account_id: int
    lot_id: int
    target: int
    key: str
    description: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime
    restored_until: datetime


class ClawbackTargetSet(NamedTuple):
    key_taken: bool | None
    refused: str | None


set_clawback_target = insert("credits_set_clawback_target_v1", SetClawbackTarget, ClawbackTargetSet)


class CloseHold(NamedTuple):
    account_id: int
    hold_id: int
    status: str
    captured: int
    description: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime


class HoldClosed(NamedTuple):
    closed: bool | None  # it was open until now
    refused: str | None


close_hold = insert("credits_close_hold_v1", CloseHold, HoldClosed)


class ExtendHold(NamedTuple):
    account_id: int
    hold_id: int
    at: datetime
    until: datetime


class HoldExtended(NamedTuple):
    expires_at: datetime | None  # none: it is closed
    refused: str | None


extend_hold = insert("credits_extend_hold_v1", ExtendHold, HoldExtended, says_alone=True)


class Due(NamedTuple):
    """What is due at an instant, up to a number of rows."""

    at: datetime
    batch: int


close_due_holds = Function(
    """
INSERT INTO credits_close_hold_v1
    (account_id, hold_id, status, captured, description, metadata, actor, at)
SELECT due.account_id, due.id, 'EXPIRED', 0, '', '{}', 'system', %(at)s::timestamptz
FROM (
    SELECT id, account_id FROM credits_hold
    WHERE status = 'HELD' AND expires_at <= %(at)s
    ORDER BY expires_at, id LIMIT %(batch)s
) AS due
ORDER BY due.account_id, due.id
RETURNING closed, refused
""",
    Due,
    HoldClosed,
)


class Expired(NamedTuple):
    expired: int | None
    refused: str | None


expire = Function(
    """
INSERT INTO credits_expire_v1 (account_id, at)
SELECT due.id, %(at)s::timestamptz
FROM (
    SELECT id FROM credits_account
    WHERE next_expiry_at <= %(at)s ORDER BY next_expiry_at, id LIMIT %(batch)s
) AS due
ORDER BY due.id
RETURNING expired, refused
""",
    Due,
    Expired,
)


class Balance(NamedTuple):
    account_id: int
    at: datetime


class Time(NamedTuple):
    refused: str | None


# For what is written without a verb's view; the others ask it themselves.
time = Function("SELECT credits_refuse_time_v1(%(account_id)s, %(at)s)", Balance, Time)


class Balanced(NamedTuple):
    balance: int
    is_due: bool | None  # some of it has expired, or more has begun, and was not swept yet


# Hardly ever is anything due, and a statement that only asks whether it is takes a quarter less.
balance = Function(
    "SELECT balance, next_expiry_at <= %(at)s FROM credits_account WHERE id = %(account_id)s",
    Balance,
    Balanced,
)


class Spendable(NamedTuple):
    balance: int


balance_without_due = Function(
    """
SELECT balance + credits_due_v1(id, %(at)s)
FROM credits_account
WHERE id = %(account_id)s
""",
    Balance,
    Spendable,
)
