"""How much time is left, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.staff_site.deadlines import time_left

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=7, hours=23), "7 days left"),
        (timedelta(days=1), "1 day left"),
        (timedelta(hours=23, minutes=59), "23 hours left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=59), "Less than an hour left"),
        (timedelta(0), "Too late"),
        (-timedelta(days=3), "Too late"),
    ],
)
def test_says_whole_days_or_hours(left, words):
    assert time_left(NOW + left, at=NOW) == words
