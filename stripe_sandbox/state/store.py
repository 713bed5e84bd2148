"""
The sandbox's state: Stripe's objects as JSON in one SQLite file, which survives a restart.

Beside an object stands what Stripe knows of it and does not show (`private`). One thread uses a
store; every API call is one transaction.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stripe_sandbox.errors import missing_object

Object = dict[str, Any]

# What lists can be filtered by, each with an index.
FILTERS = (
    "charge",
    "customer",
    "email",
    "payment_intent",
    "product",
    "source",
    "status",
    "type",
    "url",
)
# What lists can be filtered by, without one.
PLAIN_FILTERS = ("active", "code", "currency", "id", "lookup_key", "promotion.coupon")

# Whom an event is about: the object inside, and the payment that this belongs to.
EVENTS_ABOUT = (
    "json_extract(body, '$.data.object.id')",
    "json_extract(body, '$.data.object.payment_intent')",
)

SCHEMA = Path(__file__).with_name("schema.sql")


class Store:
    """Stripe's objects by id, and what is due when."""

    def __init__(self, path: str = ":memory:") -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.executescript(SCHEMA.read_text())
        for name in FILTERS:
            self.db.execute(
                f"CREATE INDEX IF NOT EXISTS objects_by_{name} ON objects "
                f"(object, json_extract(body, '$.{name}'), seq)"
            )

        for number, expression in enumerate(EVENTS_ABOUT):
            self.db.execute(
                f"CREATE INDEX IF NOT EXISTS events_about_{number} ON objects ({expression}) "
                f"WHERE {expression} IS NOT NULL"
            )

    def close(self) -> None:
        self.db.close()

    def clear(self) -> None:
        for table in ("objects", "due", "replies", "deliveries"):
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are ours

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; inside another one, part of that."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # --- objects -----------------------------------------------------------------------------

    def add(self, body: Object, *, private: Object | None = None) -> Object:
        self.db.execute(
            "INSERT INTO objects (id, object, created, body, private) VALUES (?, ?, ?, ?, ?)",
            (
                body["id"],
                body["object"],
                body.get("created", 0),
                json.dumps(body),
                "{}",
            ),
        )
        if private:
            self.set_private(body["id"], **private)
        return body

    def find(self, id: str) -> Object | None:
        row = self.db.execute("SELECT body FROM objects WHERE id = ?", (id,)).fetchone()
        return None if row is None else _object(row["body"])

    def get(self, id: str, object_name: str, *, param: str = "id") -> Object:
        """
        Read an object that must be there.

        :raises StripeError: if there is no such object of that kind
        """
        body = self.find(id)
        if body is None or body["object"] != object_name:
            raise missing_object(object_name, id, param=param)
        return body

    def save(self, body: Object) -> None:
        self.db.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))

    def change(self, body: Object, **values: Any) -> Object:
        """Set values and save; return those they replaced, as events show them."""
        previous = {key: body.get(key) for key, value in values.items() if body.get(key) != value}
        body.update(values)
        self.save(body)
        return previous

    def remove(self, id: str) -> None:
        self.db.execute("DELETE FROM objects WHERE id = ?", (id,))

    def exists(self, id: str) -> bool:
        return self.db.execute("SELECT 1 FROM objects WHERE id = ?", (id,)).fetchone() is not None

    def private(self, id: str) -> Object:
        row = self.db.execute("SELECT private FROM objects WHERE id = ?", (id,)).fetchone()
        return {} if row is None else _object(row["private"])

    def set_private(self, id: str, **values: Any) -> None:
        """Set hidden values; None removes one."""
        self.db.execute(
            "UPDATE objects SET private = json_patch(private, ?) WHERE id = ?",
            (json.dumps(values), id),
        )

    # --- lists -------------------------------------------------------------------------------

    def all(self, object_name: str, **filters: Any) -> list[Object]:
        """Every object of a kind, oldest first."""
        where, values = _conditions(object_name, filters)
        rows = self.db.execute(
            f"SELECT body FROM objects WHERE {where} ORDER BY seq",  # noqa: S608 - bound values
            values,
        )
        return [_object(row["body"]) for row in rows]

    def page(
        self,
        object_name: str,
        filters: Mapping[str, Any],
        *,
        created: Mapping[str, int] | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
        limit: int = 10,
    ) -> tuple[list[Object], bool]:
        """
        One page, newest first, and whether there is more in the direction of travel.

        :raises StripeError: if a cursor names an object that is not there
        """
        where, values = _conditions(object_name, filters)
        for comparison, moment in (created or {}).items():
            sign = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[comparison]
            where += f" AND created {sign} ?"
            values.append(moment)
        order = "DESC"
        if starting_after is not None:
            where += " AND seq < ?"
            values.append(self._seq(starting_after, object_name, "starting_after"))
        if ending_before is not None:
            where, order = f"{where} AND seq > ?", "ASC"
            values.append(self._seq(ending_before, object_name, "ending_before"))
        rows = self.db.execute(
            f"SELECT body FROM objects WHERE {where} "  # noqa: S608 - bound values
            f"ORDER BY seq {order} LIMIT ?",
            [*values, limit + 1],
        ).fetchall()
        found = [_object(row["body"]) for row in rows[:limit]]
        return (found[::-1] if order == "ASC" else found), len(rows) > limit

    def _seq(self, id: str, object_name: str, param: str) -> int:
        row = self.db.execute("SELECT seq, object FROM objects WHERE id = ?", (id,)).fetchone()
        if row is None or row["object"] != object_name:
            raise missing_object(object_name, id, param=param)
        return int(row["seq"])

    def events_about(self, id: str) -> list[Object]:
        """List the events of an object, and of what belongs to it as a payment; oldest first."""
        about, payment = EVENTS_ABOUT
        rows = self.db.execute(
            f"SELECT seq, body FROM objects WHERE {about} = ?1 "  # noqa: S608 - bound values
            f"UNION SELECT seq, body FROM objects WHERE {payment} = ?1 ORDER BY seq",
            (id,),
        )
        return [_object(row["body"]) for row in rows]

    # --- what happens by itself --------------------------------------------------------------

    def schedule(self, what: str, id: str, at: float) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO due (id, what, at) VALUES (?, ?, ?)", (id, what, at)
        )

    def unschedule(self, what: str, id: str) -> None:
        self.db.execute("DELETE FROM due WHERE id = ? AND what = ?", (id, what))

    def due(self, now: float) -> list[tuple[str, str]]:
        rows = self.db.execute("SELECT what, id FROM due WHERE at <= ? ORDER BY at, id", (now,))
        return [(row["what"], row["id"]) for row in rows]

    def next_due(self) -> float | None:
        row = self.db.execute("SELECT min(at) AS at FROM due").fetchone()
        return None if row["at"] is None else float(row["at"])


def _conditions(object_name: str, filters: Mapping[str, Any]) -> tuple[str, list[Any]]:
    where, values = "object = ?", [object_name]
    for name, value in filters.items():
        if name not in FILTERS and name not in PLAIN_FILTERS:
            raise LookupError(name)
        column = f"json_extract(body, '$.{name}')"
        if isinstance(value, list):
            where += f" AND {column} IN ({', '.join('?' * len(value))})"
            values += value
        else:
            where += f" AND {column} = ?"
            values.append(value)
    return where, values


def _object(text: str) -> Object:
    body: Object = json.loads(text)
    return body
