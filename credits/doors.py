"""
The doors of the database: each a view that takes an INSERT and does a verb's work.

One statement, one round trip, prepared where possible. `credits/sql/` says what each door does
and answers. On its own a statement is a transaction; inside `atomic()` it is part of the host's.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import OperationalError, connection
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int8

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
    account_id: int
    key: str
    transaction_id: int | None
    seq: int | None
    balance_after: int | None
    replayed: bool | None
    available: int | None
    hold_id: int | None


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
    return Drawn(*_run(_DRAW, _bound(wanted))[0])


def draw_many(wanted: Iterable[Draw]) -> list[Drawn]:
    """Draw one after the other in one statement, account by account so that none deadlocks."""
    columns = [list(column) for column in zip(*map(_bound, wanted), strict=True)]
    return [Drawn(*row) for row in _run(_DRAW_MANY, columns)]


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
    values = (
        Int8(account_id),
        kind,
        lot_kind,
        Int8(credits),
        source,
        expires_at,
        key,
        description,
        Jsonb(metadata),
        actor,
        at,
    )
    return Granted(*_run(_GRANT, values)[0])


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
    values = (
        Int8(account_id),
        Int8(undoes_id),
        Int8(credits),
        key,
        description,
        Jsonb(metadata),
        actor,
        at,
    )
    return GivenBack(*_run(_GIVE_BACK, values)[0])


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
    values = (
        Int8(account_id),
        Int8(lot_id),
        Int8(target),
        key,
        description,
        Jsonb(metadata),
        actor,
        at,
        restored_until,
    )
    return bool(_run(_SET_CLAWBACK_TARGET, values)[0][0])


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
    values = (
        Int8(account_id),
        Int8(hold_id),
        status,
        Int8(captured),
        description,
        Jsonb(metadata),
        actor,
        at,
    )
    return bool(_run(_CLOSE_HOLD, values)[0][0])


def close_due_holds(*, at: datetime, batch: int) -> int:
    """Let go up to `batch` holds whose time is over; return how many were found."""
    return len(_run(_CLOSE_DUE_HOLDS, (at, at, Int8(batch))))


def expire(*, at: datetime, batch: int) -> list[int]:
    """Sweep up to `batch` accounts in which something is due; return what each lost."""
    return [expired for (expired,) in _run(_EXPIRE, (at, at, Int8(batch)))]


def balance(*, account_id: int, at: datetime) -> int | None:
    rows = _run(_BALANCE, (at, at, Int8(account_id)))
    return rows[0][0] if rows else None


def _bound(wanted: Draw) -> Sequence[Any]:
    return wanted._replace(
        account_id=Int8(wanted.account_id),
        credits=Int8(wanted.credits),
        metadata=Jsonb(wanted.metadata),  # type: ignore[arg-type]
    )


def _run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """
    Run one statement and return its rows.

    A deadlock or a serialization failure is tried again, unless a transaction is open: then only
    whoever opened it can start it again.
    """
    for retry in range(_RETRIES):
        try:
            return _run_once(statement, values)
        except OperationalError as error:
            sqlstate = getattr(error.__cause__, "sqlstate", None)
            if connection.in_atomic_block or sqlstate not in _TRY_AGAIN:
                raise
            time.sleep(0.01 * 2**retry)
    return _run_once(statement, values)


def _run_once(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    if not settings.CREDITS_PREPARED_STATEMENTS or connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    # Django's own cursor binds on the client and never prepares: half the speed.
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall()


_DRAW = """
INSERT INTO credits_draw
    (account_id, kind, credits, key, description, metadata, actor, at, lien, hold_expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING account_id, key, transaction_id, seq, balance_after, replayed, available, hold_id
"""
_DRAW_MANY = """
INSERT INTO credits_draw
    (account_id, kind, credits, key, description, metadata, actor, at, lien, hold_expires_at)
SELECT account_id, kind, credits, key, description, metadata, actor, at, lien, hold_expires_at
FROM unnest(
    %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::text[],
    %s::timestamptz[], %s::boolean[], %s::timestamptz[]
) WITH ORDINALITY AS wanted
    (account_id, kind, credits, key, description, metadata, actor, at, lien, hold_expires_at, n)
ORDER BY account_id, n
RETURNING account_id, key, transaction_id, seq, balance_after, replayed, available, hold_id
"""
_GRANT = """
INSERT INTO credits_grant
    (account_id, kind, lot_kind, credits, source, expires_at, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING lot_id, transaction_id, seq, replayed, key_taken
"""
_GIVE_BACK = """
INSERT INTO credits_give_back
    (account_id, undoes_id, credits, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, seq, balance_after, replayed, available
"""
_SET_CLAWBACK_TARGET = """
INSERT INTO credits_set_clawback_target
    (account_id, lot_id, target, key, description, metadata, actor, at, restored_until)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING key_taken
"""
_CLOSE_HOLD = """
INSERT INTO credits_close_hold
    (account_id, hold_id, status, captured, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING closed
"""
_CLOSE_DUE_HOLDS = """
INSERT INTO credits_close_hold
    (account_id, hold_id, status, captured, description, metadata, actor, at)
SELECT due.account_id, due.id, 'EXPIRED', 0, '', '{}', 'system', %s
FROM (
    SELECT id, account_id FROM credits_hold
    WHERE status = 'HELD' AND expires_at <= %s
    ORDER BY expires_at, id LIMIT %s
) AS due
ORDER BY due.account_id, due.id
RETURNING closed
"""
_EXPIRE = """
INSERT INTO credits_expire (account_id, at)
SELECT due.id, %s
FROM (
    SELECT id FROM credits_account WHERE next_expiry_at <= %s ORDER BY next_expiry_at, id LIMIT %s
) AS due
ORDER BY due.id
RETURNING expired
"""
_BALANCE = """
SELECT account.balance - CASE WHEN account.next_expiry_at <= %s THEN (
    SELECT coalesce(sum(lot.remaining), 0)::bigint
    FROM credits_lot AS lot
    WHERE lot.account_id = account.id AND lot.is_open AND lot.expires_at <= %s
) ELSE 0 END
FROM credits_account AS account
WHERE account.id = %s
"""
