"""
Where in the whole database a name or an address stands: each column of text or JSON there is.

Reads whole tables, so it takes as long as the database is large; meant for erasing a person.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, connection, transaction
from psycopg import sql

TEXT: Final = ("text", "character varying", "character")
JSON: Final = ("json", "jsonb")

# How often to look again for what came in meanwhile; a search for "erased" never ends.
ROUNDS: Final = 3

COLUMNS: Final = """
    SELECT c.table_name, c.column_name, c.data_type
    FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema()
        AND t.table_type = 'BASE TABLE'
        AND c.is_generated = 'NEVER'
        AND c.data_type = ANY(%s)
    ORDER BY c.table_name, c.ordinal_position
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A column that has one of the terms, and in how many rows."""

    table: str
    column: str
    data_type: str
    rows: int

    def __str__(self) -> str:
        return f"{self.table}.{self.column} ({self.rows})"


def find(terms: Iterable[str]) -> list[Place]:
    """List the places of any of these terms, whatever their case."""
    pattern = _pattern(terms)
    if pattern is None:
        return []
    tables: dict[str, list[tuple[str, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [[*TEXT, *JSON]])
        for table, column, data_type in cursor.fetchall():
            tables.setdefault(table, []).append((column, data_type))
        return [
            place for table, columns in tables.items() for place in _search(table, columns, pattern)
        ]


def strike_out(terms: Iterable[str]) -> tuple[int, list[Place]]:
    """
    Put `[erased]` in their place wherever that is allowed, also in what comes in meanwhile.

    :returns: in how many rows, and the places that still have one: nobody may change them
    """
    terms = set(terms)
    pattern = _pattern(terms)
    count = 0
    refused = set()
    found = find(terms)
    for _ in range(ROUNDS):
        open_places = [place for place in found if (place.table, place.column) not in refused]
        if not open_places:
            break
        for place in open_places:
            rows = _strike_out(place, pattern)
            count += rows
            if not rows:
                refused.add((place.table, place.column))
        found = find(terms)
    return count, found


def _strike_out(place: Place, pattern: str | None) -> int:
    """Change a column's rows, and return how many: none where it is append-only or frozen."""
    column = sql.Identifier(place.column)
    new = sql.SQL("regexp_replace({}::text, %s, '[erased]', 'gi')::{}").format(
        column, sql.SQL(place.data_type)
    )
    statement = sql.SQL("UPDATE {} SET {} = {} WHERE {}::text ~* %s").format(
        sql.Identifier(place.table), column, new, column
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [pattern, pattern])
            return int(cursor.rowcount)
    except DatabaseError:
        return 0


def _pattern(terms: Iterable[str]) -> str | None:
    """Match whole words: `ann@example.com` is not in `joann@example.com`."""
    escaped = sorted(re.escape(term) for term in terms if term)
    if not escaped:
        return None
    return rf"(?<![A-Za-z0-9._%+-])(?:{'|'.join(escaped)})(?!\.?[A-Za-z0-9_-])"


def _search(table: str, columns: list[tuple[str, str]], pattern: str) -> list[Place]:
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE {}::text ~* %s)").format(sql.Identifier(column))
        for column, _ in columns
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT {} FROM {}").format(counts, sql.Identifier(table)),
            [pattern] * len(columns),
        )
        found = cursor.fetchone()
    return [
        Place(table=table, column=column, data_type=data_type, rows=rows)
        for (column, data_type), rows in zip(columns, found, strict=True)
        if rows
    ]
