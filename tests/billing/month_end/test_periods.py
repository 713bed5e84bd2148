"""Periods: a month, or its beginning, in the site's time zone."""

from datetime import UTC, date, datetime

import pytest

from billing.month_end import NoPeriod, Period

TODAY = date(2026, 11, 26)


class TestPeriod:
    @pytest.mark.parametrize(
        ("text", "first", "last"),
        [
            ("2026-10", date(2026, 10, 1), date(2026, 10, 31)),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
            ("2026-10-15", date(2026, 10, 1), date(2026, 10, 15)),
            ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
            ("2026-11-26", date(2026, 11, 1), TODAY),
        ],
    )
    def test_is_a_month_or_its_beginning(self, text, first, last):
        period = Period.read(text, today=TODAY)

        assert (period.first, period.last) == (first, last)
        assert Period.read(period.text, today=TODAY) == period

    @pytest.mark.parametrize(
        "text",
        [
            *("", "2026", "2026-13", "2026-02-30", "2026-10-00x", "may"),
            *("2026-12", "2026-11-27", "9999-12"),
            *("0000-01", "0001-01", "1969-12"),
        ],
    )
    def test_is_nothing_else_and_has_begun(self, text):
        with pytest.raises(NoPeriod):
            Period.read(text, today=TODAY)

    def test_begins_and_ends_at_the_sites_midnight(self, settings):
        settings.TIME_ZONE = "Asia/Shanghai"

        period = Period.read("2026-10", today=TODAY)

        assert period.starts_at == datetime(2026, 9, 30, 16, tzinfo=UTC)
        assert period.ends_at == datetime(2026, 10, 31, 16, tzinfo=UTC)

    def test_knows_the_months_beside_it(self):
        assert Period.read("2026-01", today=TODAY).before == "2025-12"
        assert Period.read("2026-01", today=TODAY).after == "2026-02"
