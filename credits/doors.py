"""
The doors of the database: each a view that takes an INSERT and does a verb's work.

One statement, one round trip. `credits/sql/` says what each door does and answers. On its own a
statement is a transaction; inside `atomic()` it is part of the host's.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

from credits.statements import (
    Statement,
    boolean,
    instant,
    integer,
    integers,
    json,
    string,
    to_boolean,
    to_integer,
    to_json,
)

# Deadlocks and serialization failures: PostgreSQL undid the transaction and asks to try again.
_TRY_AGAIN = {"40001", "40P01"}
_RETRIES = 3


class Draw(NamedTuple):
    """Credits to take: a SPEND, a HOLD or a negative ADJUSTMENT."""

    account_id: int
    kind: str
    credits: int
    key: str
    description: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime
    lien: bool = False
    hold_expires_at: datetime | None = None


class Drawn(NamedTuple):
    transaction_id: int | None
    seq: int | None
    balance_after: int | None
    replayed: bool | None
    available: int | None
    hold_id: int | None = None


class Granted(NamedTuple):
    lot_id: int | None
    transaction_id: int | None
    seq: int | None
    replayed: bool | None
    key_taken: bool | None


class GivenBack(NamedTuple):
    transaction_id: int | None
    seq: int | None
    balance_after: int | None
    replayed: bool
    available: int | None


def draw(wanted: Draw) -> Drawn:
    return Drawn(*_run(_DRAW, *wanted, connections[DEFAULT_DB_ALIAS].autocommit)[0])


def spend_many(wanted: Sequence[Draw], *, at: datetime, lien: bool) -> list[Drawn]:
    """Spend in one statement; each of `wanted` is answered in its place."""
    spends = [
        {
            "place": place,
            "account_id": one.account_id,
            "credits": one.credits,
            "key": one.key,
            "description": one.description,
            "metadata": one.metadata,
            "actor": one.actor,
        }
        for place, one in enumerate(wanted)
    ]
    account_ids = {one.account_id for one in wanted}
    [[answers]] = _run(_SPEND_MANY, account_ids, spends, at, lien)
    return [Drawn(*answer) for answer in answers]


def grant(
    *,
    account_id: int,
    kind: str,
    lot_kind: str,
    credits: int,
    source: str,
    expires_at: datetime | None,
    key: str | None,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
) -> Granted:
    return Granted(
        *_run(
            _GRANT,
            account_id,
            kind,
            lot_kind,
            credits,
            source,
            expires_at,
            key,
            description,
            metadata,
            actor,
            at,
        )[0]
    )


def give_back(
    *,
    account_id: int,
    undoes_id: int,
    credits: int,
    key: str,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
) -> GivenBack:
    values = (account_id, undoes_id, credits, key, description, metadata, actor, at)
    return GivenBack(*_run(_GIVE_BACK, *values)[0])


def set_clawback_target(
    *,
    account_id: int,
    lot_id: int,
    target: int,
    key: str,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
    restored_until: datetime,
) -> bool:
    """Return whether the key belongs to another operation; then nothing was written."""
    values = (account_id, lot_id, target, key, description, metadata, actor, at, restored_until)
    return bool(_run(_SET_CLAWBACK_TARGET, *values)[0][0])


def close_hold(
    *,
    account_id: int,
    hold_id: int,
    status: str,
    captured: int,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
) -> bool:
    """Return whether it was open until now."""
    values = (account_id, hold_id, status, captured, description, metadata, actor, at)
    return bool(_run(_CLOSE_HOLD, *values)[0][0])


def close_due_holds(*, at: datetime, batch: int) -> int:
    """Let go up to `batch` holds whose time is over; return how many were found."""
    return len(_run(_CLOSE_DUE_HOLDS, at, at, batch))


def expire(*, at: datetime, batch: int) -> list[int]:
    """Sweep up to `batch` accounts in which something is due; return what each lost."""
    return [expired for (expired,) in _run(_EXPIRE, at, at, batch)]


def balance(*, account_id: int, at: datetime) -> int | None:
    """Count what can be spent; None if there is no such account."""
    rows = _run(_BALANCE, at, account_id)
    if rows and rows[0][1]:
        rows = _run(_BALANCE_WITHOUT_DUE, at, account_id)
    return rows[0][0] if rows else None


def _run(statement: Statement, *values: Any) -> list[tuple[Any, ...]]:
    """
    Run one statement and return its rows.

    A deadlock or a serialization failure is tried again, unless a transaction is open: then only
    whoever opened it can start it again.
    """
    for retry in range(_RETRIES):
        try:
            return statement.rows(*values)
        except OperationalError as error:
            sqlstate = getattr(error.__cause__, "sqlstate", None)
            if sqlstate not in _TRY_AGAIN or not connection.get_autocommit():
                raise
            time.sleep(0.01 * 2**retry)
    return statement.rows(*values)


_DRAW = Statement(
    """
INSERT INTO credits_draw
    (account_id, kind, credits, key, description, metadata, actor, at, lien, hold_expires_at,
     in_line)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, seq, balance_after, replayed, available, hold_id
""",
    takes=(
        integer,
        string,
        integer,
        string,
        string,
        json,
        string,
        instant,
        boolean,
        instant,
        boolean,
    ),
    returns=(to_integer, to_integer, to_integer, to_boolean, to_integer, to_integer),
)
_SPEND_MANY = Statement(
    """
INSERT INTO credits_spend_many (account_ids, spends, at, lien)
VALUES (%s, %s, %s, %s)
RETURNING answers
""",
    takes=(integers, json, instant, boolean),
    returns=(to_json,),
)
_GRANT = Statement(
    """
INSERT INTO credits_grant
    (account_id, kind, lot_kind, credits, source, expires_at, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING lot_id, transaction_id, seq, replayed, key_taken
""",
    takes=(
        integer,
        string,
        string,
        integer,
        string,
        instant,
        string,
        string,
        json,
        string,
        instant,
    ),
    returns=(to_integer, to_integer, to_integer, to_boolean, to_boolean),
)
_GIVE_BACK = Statement(
    """
INSERT INTO credits_give_back
    (account_id, undoes_id, credits, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, seq, balance_after, replayed, available
""",
    takes=(integer, integer, integer, string, string, json, string, instant),
    returns=(to_integer, to_integer, to_integer, to_boolean, to_integer),
)
_SET_CLAWBACK_TARGET = Statement(
    """
INSERT INTO credits_set_clawback_target
    (account_id, lot_id, target, key, description, metadata, actor, at, restored_until)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING key_taken
""",
    takes=(integer, integer, integer, string, string, json, string, instant, instant),
    returns=(to_boolean,),
)
_CLOSE_HOLD = Statement(
    """
INSERT INTO credits_close_hold
    (account_id, hold_id, status, captured, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING closed
""",
    takes=(integer, integer, string, integer, string, json, string, instant),
    returns=(to_boolean,),
)
_CLOSE_DUE_HOLDS = Statement(
    """
INSERT INTO credits_close_hold
    (account_id, hold_id, status, captured, description, metadata, actor, at)
SELECT due.account_id, due.id, 'EXPIRED', 0, '', '{}', 'system', %s::timestamptz
FROM (
    SELECT id, account_id FROM credits_hold
    WHERE status = 'HELD' AND expires_at <= %s
    ORDER BY expires_at, id LIMIT %s
) AS due
ORDER BY due.account_id, due.id
RETURNING closed
""",
    takes=(instant, instant, integer),
    returns=(to_boolean,),
)
_EXPIRE = Statement(
    """
INSERT INTO credits_expire (account_id, at)
SELECT due.id, %s::timestamptz
FROM (
    SELECT id FROM credits_account WHERE next_expiry_at <= %s ORDER BY next_expiry_at, id LIMIT %s
) AS due
ORDER BY due.id
RETURNING expired
""",
    takes=(instant, instant, integer),
    returns=(to_integer,),
)
# Hardly ever is anything due, and a statement that only asks whether it is takes a quarter less.
_BALANCE = Statement(
    "SELECT balance, next_expiry_at <= %s FROM credits_account WHERE id = %s",
    takes=(instant, integer),
    returns=(to_integer, to_boolean),
)
_BALANCE_WITHOUT_DUE = Statement(
    """
SELECT account.balance - (
    SELECT coalesce(sum(lot.remaining), 0)::bigint
    FROM credits_lot AS lot
    WHERE lot.account_id = account.id AND lot.is_open AND lot.expires_at <= %s
)
FROM credits_account AS account
WHERE account.id = %s
""",
    takes=(instant, integer),
    returns=(to_integer,),
)
