from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from credits import holds, usage_charts
from credits.usage import DESCRIPTIONS, usage
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_operation,
    make_spend,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def account():
    return make_account(credits=1000, at=NOON - timedelta(days=400))


def table(found):
    return [(use.operation, use.uses, use.credits) for use in found.uses]


class TestUsage:
    def test_adds_up_each_operation_by_day_the_dearest_first(self, account):
        make_spend(account=account, credits=3, operation="image", at=NOON)
        make_spend(account=account, credits=4, operation="image", at=NOON - timedelta(days=1))
        make_spend(account=account, credits=9, operation="transcribe", at=NOON)
        make_spend(account=account, credits=1, at=NOON)

        found = usage(account=account, days=7, at=NOON)

        assert table(found) == [("transcribe", 1, 9), ("image", 2, 7), ("", 1, 1)]
        assert found.uses[1].by_day == {TODAY: 3, YESTERDAY: 4}
        assert found.credits == 17

    def test_has_every_day_today_the_last(self, account):
        found = usage(account=account, days=7, at=NOON)

        assert found.days == [TODAY - timedelta(days=ago) for ago in (6, 5, 4, 3, 2, 1, 0)]
        assert found.uses == []

    def test_leaves_out_what_is_older_or_dated_later(self, account):
        for days in (-1, 6, 7):
            at = NOON - timedelta(days=days)
            make_spend(account=account, credits=10 + days, operation="image", at=at)

        assert table(usage(account=account, days=7, at=NOON)) == [("image", 1, 16)]

    def test_takes_off_what_was_given_back_on_the_day_on_which_it_was(self, account):
        spent = make_spend(
            account=account, credits=5, operation="image", at=NOON - timedelta(days=1)
        )
        give_back(spent, 2, at=NOON)

        found = usage(account=account, days=7, at=NOON)

        assert table(found) == [("image", 1, 3)]
        assert found.uses[0].by_day == {YESTERDAY: 5, TODAY: -2}

    def test_counts_of_a_hold_what_was_used(self, account):
        hold = make_hold(account=account, credits=10, operation="job", at=NOON)
        holds.capture(hold=hold, credits=6, at=NOON)

        assert table(usage(account=account, days=7, at=NOON)) == [("job", 1, 6)]

    def test_counts_what_is_held_until_it_is_let_go(self, account):
        hold = make_hold(account=account, credits=10, operation="job", at=NOON)
        assert table(usage(account=account, days=7, at=NOON)) == [("job", 1, 10)]

        holds.release(hold=hold, at=NOON)

        assert table(usage(account=account, days=7, at=NOON)) == [("job", 0, 0)]

    def test_counts_one_account_or_all(self, account):
        other = make_account(credits=10, at=NOON)
        make_spend(account=account, credits=1, operation="image", at=NOON)
        make_spend(account=other, credits=2, operation="image", at=NOON)

        assert usage(account=account, days=7, at=NOON).credits == 1
        assert usage(days=7, at=NOON).credits == 3

    def test_counts_no_grant_expiry_or_adjustment(self):
        account = make_account(credits=10, at=NOON, expires_at=NOON + timedelta(hours=1))

        assert usage(account=account, days=7, at=NOON + timedelta(hours=2)).uses == []

    def test_has_days_of_the_zone_that_is_active(self, account):
        late = datetime(2026, 6, 9, 20, tzinfo=UTC)
        make_spend(account=account, credits=5, operation="image", at=late)

        with timezone.override(ZoneInfo("Asia/Shanghai")):
            found = usage(account=account, days=2, at=NOON)

        assert found.uses[0].by_day == {date(2026, 6, 10): 5}

    def test_names_operations_as_the_price_list_does_or_by_their_slug(self, account):
        make_operation(slug="image", name="Large image")
        make_spend(account=account, credits=2, operation="image", at=NOON)
        make_spend(account=account, credits=1, operation="gone", at=NOON)

        found = usage(account=account, days=7, at=NOON)

        assert [use.name for use in found.uses] == ["Large image", "gone"]

    def test_asks_twice_however_much_there_is(self, account, django_assert_num_queries):
        for number in range(12):
            make_spend(account=account, operation=f"operation-{number}", at=NOON)

        with django_assert_num_queries(2):
            usage(account=account, days=30, at=NOON)


class TestUsageByDescription:
    def test_parts_what_named_no_operation(self, account):
        make_spend(account=account, credits=3, operation="image", description="A cat", at=NOON)
        make_spend(account=account, credits=4, description="Interview", at=NOON)
        make_spend(account=account, credits=5, description="Interview", at=NOON)
        make_spend(account=account, credits=1, at=NOON)

        found = usage(account=account, days=7, at=NOON, by_description=True)

        assert [(use.name, use.credits) for use in found.uses] == [
            ("Interview", 9),
            ("image", 3),
            ("", 1),
        ]

    def test_takes_what_was_returned_off_what_it_was_for(self, account):
        spent = make_spend(account=account, credits=9, description="Interview", at=NOON)
        give_back(transaction=spent, credits=4, at=NOON)

        [use] = usage(account=account, days=7, at=NOON, by_description=True).uses

        assert (use.name, use.credits) == ("Interview", 5)

    def test_puts_all_but_the_dearest_together(self, account, django_assert_num_queries):
        for number in range(DESCRIPTIONS + 5):
            make_spend(account=account, credits=10 + number, description=f"Job {number}", at=NOON)

        with django_assert_num_queries(3):
            found = usage(account=account, days=7, at=NOON, by_description=True)

        assert len(found.uses) == DESCRIPTIONS + 1
        assert {use.name for use in found.uses} >= {"", "Job 24", "Job 5"}
        assert sum(use.credits for use in found.uses if not use.name) == 10 + 11 + 12 + 13 + 14


class TestDrawing:
    def test_gives_the_dearest_a_colour_each_and_the_rest_one(self, account):
        for number in range(7):
            make_spend(account=account, credits=10 + number, operation=f"op-{number}", at=NOON)
        make_spend(account=account, credits=100, at=NOON)

        chart = usage_charts.draw(usage(account=account, days=7, at=NOON))

        assert chart
        assert [series.name for series in chart.series] == ["op-6", "op-5", "op-4", "op-3", "Other"]
        assert chart.rows[0] == (TODAY, ["16", "15", "14", "13", str(100 + 12 + 11 + 10)])
        assert chart.top == "191"

    def test_is_one_colour_where_nothing_has_a_name(self, account):
        make_spend(account=account, credits=100, at=NOON)

        chart = usage_charts.draw(usage(account=account, days=7, at=NOON))

        assert chart
        assert [series.name for series in chart.series] == ["Used"]

    def test_is_nothing_where_nothing_was_used(self, account):
        assert usage_charts.draw(usage(account=account, days=7, at=NOON)) is None
