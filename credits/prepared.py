"""
How the ledger's statements reach PostgreSQL: prepared once a connection, and sent by libpq itself.

Django's cursor binds on the client and never prepares, and psycopg's looks up a type for each value
of each call. A host spends on every request it serves, so here a statement knows its types: values
go out as the text that PostgreSQL reads, and each column comes back through its own reader. The
connection stays Django's: its transactions, its health checks, its errors (docs/decisions/0011).
"""

import json as _json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from operator import itemgetter
from types import NoneType, UnionType
from typing import Any, Generic, NamedTuple, TypeVar, get_args, get_origin, get_type_hints
from weakref import WeakKeyDictionary
from zlib import crc32

import psycopg
from django.db import DEFAULT_DB_ALIAS, DataError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus, abc

from credits import conf

Write = Callable[[Any], bytes]
Read = Callable[[bytes], Any]
_Call = TypeVar("_Call", bound=NamedTuple)
_Answer = TypeVar("_Answer", bound=NamedTuple)

# What a connection has prepared, and under which name.
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict["Statement", bytes]] = (
    WeakKeyDictionary()
)
_numbers = count(1)
# The server has no such statement (any more), or its tables have changed: prepare it again.
_STALE = {b"26000", b"0A000"}
# Deadlocks and serialization failures: PostgreSQL undid the transaction and asks to try again.
_TRY_AGAIN = {"40001", "40P01"}
_RETRIES = 3


class Statement:
    """
    A statement with a `%s` for each value, what each is, and what each column of its rows is.

    A value may always be None, and so may a column.

    :param says_alone: its last value, which nobody gives, is whether no transaction is open, so
        that it is one by itself
    """

    def __init__(
        self,
        text: str,
        *,
        takes: Sequence[Write],
        returns: Sequence[Read],
        says_alone: bool = False,
    ) -> None:
        numbers = count(1)
        self.text = text
        self._numbered = re.sub("%s", lambda _found: f"${next(numbers)}", text).encode()
        self._takes = takes
        self._says_alone = says_alone
        self._returns = list(enumerate(returns))

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """
        Run it and return its rows.

        A deadlock or a serialization failure is tried again, unless a transaction is open: then
        only whoever opened it can start it again.

        :raises django.db.Error: as Django's cursor would
        :raises DataError: if a text cannot be one of PostgreSQL's; no transaction is broken by it
        """
        texts: list[Any] = [
            None if value is None else write(value)
            for write, value in zip(self._takes, values, strict=True)
        ]
        database = connections[DEFAULT_DB_ALIAS]
        if self._says_alone:
            texts.append(boolean(database.autocommit))
        for retry in range(_RETRIES):
            try:
                return self._send(database, texts)
            except OperationalError as error:
                sqlstate = getattr(error.__cause__, "sqlstate", None)
                if sqlstate not in _TRY_AGAIN or not database.get_autocommit():
                    raise
                time.sleep(0.01 * 2**retry)
        return self._send(database, texts)

    def _send(self, database: BaseDatabaseWrapper, texts: list[Any]) -> list[tuple[Any, ...]]:
        if _is_watched(database) or not conf.are_statements_prepared():
            with database.cursor() as cursor:
                cursor.execute(self.text, [None if t is None else t.decode() for t in texts])
                return list(cursor.fetchall())
        connection = _ready(database)
        with database.wrap_database_errors:
            return self._run(connection, texts)

    def _run(self, connection: psycopg.Connection[Any], texts: list[Any]) -> list[tuple[Any, ...]]:
        with connection.lock:
            result = self._execute(connection, texts)
            if result.status != ExecStatus.TUPLES_OK and _sqlstate(result) in _STALE:
                # After DISCARD ALL, say. In a transaction it is too late: the next one prepares.
                _prepared.pop(connection, None)
                if connection.autocommit:
                    result = self._execute(connection, texts)
        _check(result, ExecStatus.TUPLES_OK)
        value, returns = result.get_value, self._returns
        return [
            tuple(
                [
                    None if (text := value(row, column)) is None else read(text)
                    for column, read in returns
                ]
            )
            for row in range(result.ntuples)
        ]

    def _execute(self, connection: psycopg.Connection[Any], texts: list[Any]) -> abc.PGresult:
        names = _prepared.setdefault(connection, {})
        name = names.get(self)
        if name is None:
            # Never a name that was used: whoever was interrupted may have prepared it already.
            name = b"credits_%d_%08x" % (next(_numbers), crc32(self._numbered))
            _check(connection.pgconn.prepare(name, self._numbered), ExecStatus.COMMAND_OK)
            names[self] = name
        return connection.pgconn.exec_prepared(name, texts)


class Function(Generic[_Call, _Answer]):
    """
    A statement that takes a call and gives answers, each a NamedTuple.

    :param text: SQL with `%(name)s` for a value of the call; its columns are the answer's
    :param says_alone: the text ends in a `%s` more, as a Statement's that says so
    """

    def __init__(
        self, text: str, call: type[_Call], answer: type[_Answer], *, says_alone: bool = False
    ) -> None:
        types = get_type_hints(call)
        names = re.findall(r"%\((\w+)\)s", text)
        self._answer: Callable[..., _Answer] = answer
        self._values = itemgetter(*map(list(types).index, names))
        self._statement = Statement(
            re.sub(r"%\(\w+\)s", "%s", text),
            takes=[_WRITERS[_column_type(types[name])] for name in names],
            returns=[_READERS[_column_type(hint)] for hint in get_type_hints(answer).values()],
            says_alone=says_alone,
        )

    def __call__(self, call: _Call) -> _Answer:
        """Return the one row that answers."""
        return self._answer(*self._statement.rows(*self._values(call))[0])

    def all(self, call: _Call) -> list[_Answer]:
        """Return every row that answers."""
        return [self._answer(*row) for row in self._statement.rows(*self._values(call))]


def insert(
    view: str, call: type[_Call], answer: type[_Answer], *, says_alone: bool = False
) -> Function[_Call, _Answer]:
    """
    Make the function of a view that takes a call's columns and returns an answer's.

    :param says_alone: the view has a column `alone`: whether the statement is a transaction
    """
    values = {column: f"%({column})s" for column in get_type_hints(call)}
    if says_alone:
        values["alone"] = "%s"
    text = (
        f"INSERT INTO {view} ({', '.join(values)})"  # noqa: S608 (names of this module's)
        f" VALUES ({', '.join(values.values())})"
        f" RETURNING {', '.join(get_type_hints(answer))}"
    )
    return Function(text, call, answer, says_alone=says_alone)


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
to_string: Read = bytes.decode
to_json: Read = _json.loads


def to_instant(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode())


def to_boolean(text: bytes) -> bool:
    return text == b"t"


_WRITERS: dict[Any, Write] = {
    int: integer,
    str: string,
    bool: boolean,
    datetime: instant,
    Mapping: json,
    Sequence: json,
}
_READERS: dict[Any, Read] = {
    int: to_integer,
    str: to_string,
    bool: to_boolean,
    datetime: to_instant,
    Sequence: to_json,
}


def _column_type(hint: Any) -> Any:
    """Find what a column holds: `int` for `int | None`, `Mapping` for `Mapping[str, Any]`."""
    if isinstance(hint, UnionType):
        [hint] = set(get_args(hint)) - {NoneType}
    return get_origin(hint) or hint


def _is_watched(database: BaseDatabaseWrapper) -> bool:
    """Tell whether somebody looks at each statement that goes through Django's cursor."""
    return database.queries_logged or bool(database.execute_wrappers)


def _ready(database: BaseDatabaseWrapper) -> psycopg.Connection[Any]:
    """Do what Django's cursor does first: connect, and open the transaction that is due."""
    database.validate_thread_sharing()
    database.close_if_health_check_failed()
    database.ensure_connection()
    database.validate_no_broken_transaction()
    connection: psycopg.Connection[Any] = database.connection
    if not connection.autocommit and (
        connection.pgconn.transaction_status == TransactionStatus.IDLE
    ):
        with database.cursor() as cursor:
            cursor.execute("SELECT")  # psycopg says BEGIN first, with the host's isolation level
    return connection


def _check(result: abc.PGresult, status: ExecStatus) -> None:
    if result.status == status:
        return
    if not _sqlstate(result):  # not the server's word: it is gone
        raise psycopg.OperationalError(result.get_error_message())
    raise error_from_result(result)


def _sqlstate(result: abc.PGresult) -> bytes | None:
    return result.error_field(DiagnosticField.SQLSTATE)
