"""
How the verbs reach the database: one statement, one round trip, prepared where possible.

A door is a view that takes an INSERT; its trigger (`credits/sql/`) does the work and fills in what
comes back. On its own a statement is a transaction; inside `atomic()` it is part of the host's.
"""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, connection

# Deadlocks and serialization failures: PostgreSQL undid the transaction and asks to try again.
_TRY_AGAIN = {"40001", "40P01"}
_TRIES = 3


def run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """
    Run one statement and return its rows.

    A deadlock or a serialization failure is tried again, three times in all, unless a transaction
    is open: then only whoever opened it can start it again.

    :raises django.db.OperationalError: if it still fails
    """
    for attempt in range(1, _TRIES):
        try:
            return _run(statement, values)
        except OperationalError as error:
            if connection.in_atomic_block or _sqlstate(error) not in _TRY_AGAIN:
                raise
            time.sleep(0.01 * attempt)
    return _run(statement, values)


def _run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    if not settings.CREDITS_PREPARED_STATEMENTS or connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    # Django's own cursor binds on the client and never prepares: half the speed.
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall()


def _sqlstate(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
