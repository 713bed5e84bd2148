"""
The few statements that every webhook sends: compiled once, and prepared once a connection.

The ORM compiles each of them anew, and Django's cursor binds on the client, so that PostgreSQL
plans them anew as well. The connection stays Django's: its transactions, its health checks, its
errors. Where CREDITS_PREPARED_STATEMENTS is off, or somebody watches the queries, Django's cursor
is taken.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, models

from credits import conf

Model = TypeVar("Model", bound=models.Model)


def rows(text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement, with `%s` for each value, and return its rows."""
    with connection.cursor() as cursor:
        if not _may_prepare():
            cursor.execute(text, values)
            return cursor.fetchall() if cursor.description else []
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as plain:
            plain.execute(text, values, prepare=True)
            return plain.fetchall() if plain.description else []


def save(row: models.Model, *, fields: Sequence[str]) -> None:
    """Write these fields of a row, as its `save` would; no signal is sent."""
    text, written = _update(type(row), tuple(fields))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in written]
    rows(text, [*values, row.pk])


@cache
def columns(model: type[models.Model], *names: str) -> tuple[str, ...]:
    """Name the columns of these fields in SQL, or of all."""
    table = model._meta.db_table  # noqa: SLF001
    return tuple(f'"{table}"."{field.column}"' for field in _fields(model, names))


def load(model: type[Model], values: Sequence[Any], *names: str) -> Model:
    """Make the instance of a row that has these columns; the other fields are read when asked."""
    attributes, converters = _reading(model, names)
    row = list(values)
    for place, convert in converters:
        row[place] = convert(row[place], None, connection)
    return model.from_db(DEFAULT_DB_ALIAS, attributes, row)


def _may_prepare() -> bool:
    return conf.are_statements_prepared() and not (
        connection.queries_logged or connection.execute_wrappers
    )


@cache
def _update(
    model: type[models.Model], names: tuple[str, ...]
) -> tuple[str, Sequence["models.Field[Any, Any]"]]:
    fields = _fields(model, names)
    table = model._meta.db_table  # noqa: SLF001
    written = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{table}" SET {written} WHERE id = %s', fields  # noqa: S608 (names of ours)


@cache
def _reading(
    model: type[models.Model], names: tuple[str, ...]
) -> tuple[Sequence[str], Sequence[tuple[int, Callable[..., Any]]]]:
    fields = _fields(model, names)
    return [field.attname for field in fields], [
        (place, field.from_db_value)
        for place, field in enumerate(fields)
        if hasattr(field, "from_db_value")
    ]


def _fields(
    model: type[models.Model], names: tuple[str, ...]
) -> Sequence["models.Field[Any, Any]"]:
    """List them in the model's own order, in which `from_db` takes their values."""
    fields = model._meta.concrete_fields  # noqa: SLF001
    return [field for field in fields if not names or field.name in names]
