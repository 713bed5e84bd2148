"""What the ledger gives to the tests of other projects."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from credits import ledger, testing
from tests.credits.factories import make_account, make_spend
from tests.credits.sql import rule_of_time

GUARDS = "SELECT tgname, tgenabled FROM pg_trigger WHERE tgname LIKE %s AND NOT tgisinternal"


def guards(like):
    with connection.cursor() as cursor:
        cursor.execute(GUARDS, [like])
        return dict(cursor.fetchall())


@pytest.mark.django_db
class TestAllowAnyTime:
    def test_lets_an_operation_happen_in_the_future_and_before_its_account(self):
        account = make_account(credits=2)
        with connection.cursor() as cursor:
            cursor.execute(rule_of_time())
        for days in (-1, 1):
            with pytest.raises(ledger.InvalidOperation):
                make_spend(account=account, credits=1, at=timezone.now() + timedelta(days=days))

        testing.allow_any_time()

        for days in (-1, 1):
            make_spend(account=account, credits=1, at=timezone.now() + timedelta(days=days))


@pytest.mark.django_db
class TestAllowTruncation:
    @pytest.fixture(autouse=True)
    def _all_guards_on(self):
        """The suite has called it for its own database; here it has not been called yet."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
                    " WHERE tgname LIKE '%_is_never_truncated'"
                )
                for (table,) in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            yield
            transaction.set_rollback(True)

    def test_switches_off_what_refuses_to_empty_a_table(self):
        testing.allow_truncation()

        assert set(guards("%_is_never_truncated").values()) == {"D"}

    def test_leaves_every_other_guard_on(self):
        testing.allow_truncation()

        others = guards("%_rules") | guards("%_is_append_only") | guards("%_is_never_deleted")
        assert others
        assert set(others.values()) == {"O"}
