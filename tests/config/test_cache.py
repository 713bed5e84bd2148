"""What one process counts, all count."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from config.cache import CULL, CULLED_EVERY, PostgresCache

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def cache():
    cache = PostgresCache("", {"TIMEOUT": 60})
    cache.clear()
    return cache


def rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM site_cache")
        return cursor.fetchone()[0]


class TestValues:
    @pytest.mark.parametrize(
        "value", [0, -1, 2**63 - 1, 2**63, True, None, "text", b"\x00", [1.5, {"a": ()}]]
    )
    def test_come_back_as_they_were(self, cache, value):
        cache.set("key", value)

        assert cache.get("key", "none") == value
        assert type(cache.get("key")) is type(value)

    def test_are_found_together(self, cache):
        cache.set_many({"a": 1, "b": "two"})

        assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": "two"}
        assert "a" in cache
        assert "c" not in cache

    def test_are_let_go(self, cache):
        cache.set("key", "value")

        assert cache.delete("key")
        assert not cache.delete("key")
        assert cache.get("key") is None

    def test_expire(self, cache):
        with time_machine.travel(NOW, tick=False) as clock:
            cache.set("default", 1)
            cache.set("short", 1, timeout=10)
            cache.set("always", 1, timeout=None)
            cache.set("never", 1, timeout=0)
            assert cache.get("never") is None

            clock.shift(timedelta(seconds=10))
            assert cache.get("short") is None
            assert cache.touch("default", timeout=3600)
            assert not cache.touch("short")

            clock.shift(timedelta(minutes=50))
            assert cache.get("default") == 1
            assert cache.get("always") == 1


class TestAdd:
    def test_is_for_the_first(self, cache):
        assert cache.add("key", "first")
        assert not cache.add("key", "second")
        assert cache.get("key") == "first"

    def test_takes_the_place_of_what_has_expired(self, cache):
        with time_machine.travel(NOW, tick=False) as clock:
            cache.add("key", "first", timeout=10)
            clock.shift(timedelta(seconds=10))

            assert cache.add("key", "second")
        assert rows() == 1


class TestIncrease:
    def test_adds_to_what_is_there(self, cache):
        cache.set("key", 5)

        assert cache.incr("key") == 6
        assert cache.decr("key", 2) == 4

    @pytest.mark.parametrize("value", ["text", 2**63])
    def test_refuses_what_is_no_number_that_fits(self, cache, value):
        cache.set("key", value)

        with pytest.raises(ValueError, match="not found"):
            cache.incr("key")

    def test_refuses_what_is_not_there(self, cache):
        with pytest.raises(ValueError, match="not found"):
            cache.incr("key")


class TestExpired:
    def test_is_cleared_away_in_time(self, cache, settings):
        with time_machine.travel(NOW, tick=False) as clock:
            for number in range(50):
                cache.set(f"old-{number}", 1, timeout=1)
            clock.shift(timedelta(seconds=2))
            for number in range(20 * CULLED_EVERY):
                cache.set("new", number)

        assert rows() == 1

    def test_is_found_by_an_index(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {CULL}", [NOW])
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert "site_cache_expires_at" in plan


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_count_right(self, cache):
        def count(_number):
            try:
                cache.add("key", 0)
                return cache.incr("key")
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            counted = sorted(pool.map(count, range(80)))

        assert counted == list(range(1, 81))

    def test_one_is_first(self, cache):
        def add(number):
            try:
                return cache.add("key", number)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(add, range(40))) == 1
