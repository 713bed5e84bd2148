"""
A cache in the site's own PostgreSQL, so that all processes on all hosts share what they count.

The table is UNLOGGED: what is in it costs no write-ahead log, is not on a standby, and is gone
after a crash, as with any cache. Each call is one statement, so that many at once count right.
"""

import pickle
import random
from datetime import timedelta
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils import timezone

# Numbers stand in a column of their own, where the database can add to them.
GET: Final = """
    SELECT key, number, value FROM site_cache WHERE key = ANY (%s) AND expires_at > %s
"""
SET: Final = """
    INSERT INTO site_cache AS kept (key, number, value, expires_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key) DO UPDATE
    SET number = EXCLUDED.number, value = EXCLUDED.value, expires_at = EXCLUDED.expires_at
"""
ADD: Final = f"{SET} WHERE kept.expires_at <= %s"
TOUCH: Final = "UPDATE site_cache SET expires_at = %s WHERE key = %s AND expires_at > %s"
INCREASE: Final = """
    UPDATE site_cache SET number = number + %s
    WHERE key = %s AND expires_at > %s AND number IS NOT NULL
    RETURNING number
"""
DELETE: Final = "DELETE FROM site_cache WHERE key = %s AND expires_at > %s"
CULL: Final = """
    DELETE FROM site_cache WHERE key IN (
        SELECT key FROM site_cache WHERE expires_at <= %s LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
"""
# One write in so many clears away what has expired.
CULLED_EVERY: Final = 200

LONGEST: Final = 2**63  # what a bigint is below


class PostgresCache(BaseCache):
    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self.get_many([key], version).get(key, default)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        asked = {self.make_and_validate_key(key, version=version): key for key in keys}
        with connection.cursor() as cursor:
            cursor.execute(GET, [list(asked), timezone.now()])
            return {asked[key]: _read(number, value) for key, number, value in cursor}

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._change(SET, self._row(key, value, timeout, version))
        self._cull_sometimes()

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        added = self._change(ADD, [*self._row(key, value, timeout, version), timezone.now()])
        self._cull_sometimes()
        return bool(added)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        key = self.make_and_validate_key(key, version=version)
        return bool(self._change(TOUCH, [self._expires_at(timeout), key, timezone.now()]))

    def delete(self, key: str, version: int | None = None) -> bool:
        key = self.make_and_validate_key(key, version=version)
        return bool(self._change(DELETE, [key, timezone.now()]))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """
        Add to a number, however many do at once.

        :raises ValueError: if there is none
        """
        name = self.make_and_validate_key(key, version=version)
        with connection.cursor() as cursor:
            cursor.execute(INCREASE, [delta, name, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            raise ValueError(f"Key '{key}' not found")
        return int(row[0])

    def has_key(self, key: str, version: int | None = None) -> bool:
        return key in self.get_many([key], version)

    def clear(self) -> None:
        self._change("DELETE FROM site_cache", [])

    def _row(self, key: str, value: Any, timeout: Any, version: int | None) -> list[Any]:
        key = self.make_and_validate_key(key, version=version)
        is_number = type(value) is int and -LONGEST <= value < LONGEST
        number, pickled = (value, None) if is_number else (None, pickle.dumps(value))
        return [key, number, pickled, self._expires_at(timeout)]

    def _expires_at(self, timeout: Any) -> Any:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return "infinity" if seconds is None else timezone.now() + timedelta(seconds=seconds)

    def _change(self, statement: str, values: list[Any]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)

    def _cull_sometimes(self) -> None:
        if random.randrange(CULLED_EVERY) == 0:  # noqa: S311 - nobody gains by guessing when
            self._change(CULL, [timezone.now()])


def _read(number: int | None, value: bytes | None) -> Any:
    # What is unpickled was pickled here: who writes to this table writes to the ledger as well.
    return number if value is None else pickle.loads(value)  # noqa: S301
