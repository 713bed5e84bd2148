"""Every date that people read goes through one place: `credits.templatetags.moments`."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.utils import translation

from credits.templatetags import moments

PROJECT = Path(__file__).parents[2]
TEMPLATES = [
    path
    for place in ("templates", "billing/templates", "credits/templates", "api/templates")
    for path in sorted((PROJECT / place).rglob("*"))
    # Staff's pages have Django's own dates, in the zone of the project.
    if path.suffix in {".html", ".txt"} and "admin" not in path.parts
]
# A month of a statement is no instant.
A_DATE = re.compile(
    r'\|(?:date|time)(?!:"(?:YEAR_MONTH_FORMAT|Y-m)")|{%\s*now\s|\|(?:timesince|timeuntil)'
)
AT = datetime(2027, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_template_writes_no_date_of_its_own(path):
    assert A_DATE.findall(path.read_text()) == []


class TestMoment:
    def test_says_which_instant_it_is_wherever_it_came_from(self):
        elsewhere = AT.astimezone(timezone(timedelta(hours=9)))

        assert moments.moment(elsewhere) == (
            '<time datetime="2027-03-03T00:00:00+00:00" data-moment>March 3, 2027, 00:00 UTC</time>'
        )

    def test_is_written_in_the_readers_language(self):
        with translation.override("zh-hans"):
            assert moments.utc(AT) == "2027年3月3日 00:00（UTC）"  # noqa: RUF001 (Chinese)


class TestCalendarDay:
    @pytest.mark.parametrize("day", [date(2027, 3, 3), AT])
    def test_stays_the_day_that_it_is_in_utc(self, day):
        assert moments.calendar_day(day) == '<time datetime="2027-03-03">March 3, 2027</time>'
