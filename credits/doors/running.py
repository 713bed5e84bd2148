"""Run a door's statement, again if PostgreSQL asks for it."""

import time
from typing import Any

from django.db import OperationalError, connection

from credits.prepared import Statement

# Deadlocks and serialization failures: PostgreSQL undid the transaction and asks to try again.
_TRY_AGAIN = {"40001", "40P01"}
_RETRIES = 3


def run(statement: Statement, *values: Any) -> list[tuple[Any, ...]]:
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
