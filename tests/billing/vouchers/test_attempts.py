from datetime import UTC, datetime, timedelta

import pytest

from billing.models import AttemptCount
from billing.vouchers import attempts

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def count(*, by="user:1", what="voucher", most=2, at=NOON):
    return attempts.count(what=what, by=by, most=most, at=at)


class TestCount:
    def test_lets_so_many_pass_in_an_hour(self):
        count()
        count(at=NOON + timedelta(minutes=59))

        with pytest.raises(attempts.TooManyAttempts) as refused:
            count(at=NOON + timedelta(minutes=59, seconds=59))

        assert refused.value.retry_at == NOON + timedelta(hours=1)

    def test_begins_anew_with_the_hour(self):
        count(most=1)

        count(most=1, at=NOON + timedelta(hours=1))

    def test_counts_each_by_itself(self):
        count(most=1)

        count(most=1, by="user:2")
        count(most=1, what="key")

    def test_stores_nothing_that_names_anybody(self):
        count(by="192.0.2.7/32")

        row = AttemptCount.objects.get()
        assert len(row.subject) == 64


class TestNetwork:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ],
    )
    def test_names_what_one_subscriber_has(self, address, network):
        assert attempts.network(address) == network


class TestPrune:
    def test_forgets_hours_that_are_over(self):
        count(at=NOON - timedelta(days=2))
        count()

        assert attempts.prune(at=NOON) == 1
        assert AttemptCount.objects.get().started_at == NOON
