"""How long credits last: honest, or silent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits import forecast
from credits.forecast import LONGEST, Rate, Supply, days_left, rate

NOW = datetime(2026, 11, 26, tzinfo=UTC)
TEN_A_DAY = Rate(credits=100, days=10)


class TestRate:
    def test_counts_from_the_first_day_of_use(self):
        assert rate([0] * 20 + [5, 0, 5, 0, 5, 0, 0, 0, 0, 5]) == Rate(credits=20, days=10)

    @pytest.mark.parametrize(
        "used",
        [
            [],
            [0] * 30,
            [5] * 6,  # less than a week
            [0] * 20 + [100, 0, 0, 0, 0, 0, 0, 0, 0, 3],  # on two days only
            [5, 5, 5, -15, 0, 0, 0, 0],  # all was returned
        ],
    )
    def test_is_none_where_there_is_too_little_to_go_by(self, used):
        assert rate(used) is None


class TestDaysLeft:
    def test_is_the_balance_by_the_rate(self):
        assert days_left([Supply(45)], rate=TEN_A_DAY, at=NOW) == 4

    def test_does_not_count_on_what_expires_first(self):
        soon = Supply(1000, expires_at=NOW + timedelta(days=3))

        assert days_left([soon, Supply(25)], rate=TEN_A_DAY, at=NOW) == 5

    def test_counts_what_begins_in_time_and_not_what_begins_too_late(self):
        begins = [NOW + timedelta(days=days) for days in (2, 9)]
        supplies = [Supply(20), *(Supply(20, starts_at=at) for at in begins)]

        assert days_left(supplies, rate=TEN_A_DAY, at=NOW) == 4

    def test_ends_with_a_year(self):
        assert days_left([Supply(10**12)], rate=TEN_A_DAY, at=NOW) == LONGEST

    @given(
        credits=st.integers(0, 10_000),
        used=st.integers(1, 500),
        days=st.integers(forecast.LEAST_DAYS, 30),
    )
    def test_never_promises_more_than_there_is(self, credits, used, days):
        known = Rate(credits=used, days=days)

        left = days_left([Supply(credits)], rate=known, at=NOW)

        assert left * known.per_day <= credits
        assert left == LONGEST or (left + 1) * known.per_day > credits
