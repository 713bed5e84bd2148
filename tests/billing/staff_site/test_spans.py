"""Periods of the figures, and the days before that they are compared with."""

from datetime import UTC, date, datetime

import pytest

from billing.staff_site.spans import SPANS, Span


def days(name, today):
    span = Span.named(name, today)
    return [(days.first, days.last) for days in (span.now, span.before)]


class TestSpan:
    def test_ends_today_and_follows_as_many_days(self):
        today = date(2026, 11, 26)

        assert days("today", today) == [(today, today), (date(2026, 11, 25), date(2026, 11, 25))]
        assert days("7", today) == [
            (date(2026, 11, 20), today),
            (date(2026, 11, 13), date(2026, 11, 19)),
        ]
        for name in ("today", "7", "30", "90"):
            span = Span.named(name, today)
            assert span.now.number == span.before.number

    def test_compares_a_month_with_the_same_days_of_the_one_before(self):
        assert days("month", date(2026, 11, 26)) == [
            (date(2026, 11, 1), date(2026, 11, 26)),
            (date(2026, 10, 1), date(2026, 10, 26)),
        ]
        assert days("month", date(2026, 3, 31))[1] == (date(2026, 2, 1), date(2026, 2, 28))

    @pytest.mark.parametrize("name", [None, "", "8", "<b>"])
    def test_is_thirty_days_where_nothing_else_was_chosen(self, name):
        assert Span.named(name, date(2026, 11, 26)).now.number == 30

    def test_begins_and_ends_at_the_sites_midnight(self, settings):
        settings.TIME_ZONE = "Asia/Shanghai"

        now = Span.named("today", date(2026, 11, 26)).now

        assert now.starts_at == datetime(2026, 11, 25, 16, tzinfo=UTC)
        assert now.ends_at == datetime(2026, 11, 26, 16, tzinfo=UTC)

    def test_has_a_label(self):
        assert all(label for label, _first in SPANS.values())
