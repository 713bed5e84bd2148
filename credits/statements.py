"""
How the doors' statements reach PostgreSQL: parsed and planned once a connection.

Django's cursor binds on the client and never prepares, and psycopg's looks up a type for each value
of each call. A host spends on every request it serves, so here a statement knows its types: values
go out as the text that PostgreSQL reads, and each column comes back through its own reader. The
connection stays Django's: its transactions, its health checks, its errors.
"""

import json as _json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DataError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus, abc

Write = Callable[[Any], bytes]
Read = Callable[[bytes], Any]

# The statements that a connection has prepared, by name.
_prepared: WeakKeyDictionary[psycopg.Connection[Any], set[bytes]] = WeakKeyDictionary()
_numbers = count(1)


class Statement:
    """
    A statement with a `%s` for each value, what each is, and what each column of its rows is.

    A value may always be None, and so may a column.
    """

    def __init__(self, text: str, *, takes: Sequence[Write], returns: Sequence[Read]) -> None:
        numbers = count(1)
        self._text = text
        self._numbered = re.sub("%s", lambda _found: f"${next(numbers)}", text).encode()
        self._name = b"credits_%d" % next(_numbers)
        self._takes = takes
        self._returns = returns

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """
        Run it and return its rows.

        :raises django.db.Error: as Django's cursor would
        """
        texts: list[Any] = [
            None if value is None else write(value)
            for write, value in zip(self._takes, values, strict=True)
        ]
        database = connections[DEFAULT_DB_ALIAS]
        if _is_watched(database) or not settings.CREDITS_PREPARED_STATEMENTS:
            with database.cursor() as cursor:
                cursor.execute(self._text, [None if t is None else t.decode() for t in texts])
                return list(cursor.fetchall())
        connection = _ready(database)
        with database.wrap_database_errors:
            return self._run(connection, texts)

    def _run(self, connection: psycopg.Connection[Any], texts: list[Any]) -> list[tuple[Any, ...]]:
        prepared = _prepared.setdefault(connection, set())
        with connection.lock:
            server = connection.pgconn
            if self._name not in prepared:
                _checked(server.prepare(self._name, self._numbered), ExecStatus.COMMAND_OK)
                prepared.add(self._name)
            result = _checked(server.exec_prepared(self._name, texts), ExecStatus.TUPLES_OK)
        value = result.get_value
        return [
            tuple(
                None if (text := value(row, column)) is None else read(text)
                for column, read in enumerate(self._returns)
            )
            for row in range(result.ntuples)
        ]


def integer(value: int) -> bytes:
    return b"%d" % value


def string(value: str) -> bytes:
    # A C string ends at its first NUL, so the rest would be lost without a word.
    if "\0" in value:
        raise DataError("PostgreSQL text cannot hold NUL (0x00) characters")
    return value.encode()


def boolean(value: bool) -> bytes:  # noqa: FBT001  a value, not a switch
    return b"t" if value else b"f"


def instant(value: datetime) -> bytes:
    return value.isoformat().encode()


def json(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return b"{}" if value == {} else _json.dumps(value).encode()


to_integer: Read = int


def to_boolean(text: bytes) -> bool:
    return text == b"t"


def _is_watched(database: BaseDatabaseWrapper) -> bool:
    """Tell whether somebody looks at each statement that goes through Django's cursor."""
    return database.queries_logged or bool(database.execute_wrappers)


def _ready(database: BaseDatabaseWrapper) -> psycopg.Connection[Any]:
    """Do what Django's cursor does first: connect, and open the transaction that is due."""
    database.close_if_health_check_failed()
    database.ensure_connection()
    database.validate_no_broken_transaction()
    connection: psycopg.Connection[Any] = database.connection
    if not connection.autocommit and (
        connection.pgconn.transaction_status == TransactionStatus.IDLE
    ):
        with database.cursor() as cursor:
            cursor.execute("SELECT")
    return connection


def _checked(result: abc.PGresult, status: ExecStatus) -> abc.PGresult:
    if result.status == status:
        return result
    if not result.error_field(DiagnosticField.SQLSTATE):  # not the server's word: it is gone
        raise psycopg.OperationalError(result.get_error_message())
    raise error_from_result(result)
