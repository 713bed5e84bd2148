"""What the ledger gives to the tests of other projects."""

import pytest
from django.db import connection, transaction

from credits import testing

GUARDS = "SELECT tgname, tgenabled FROM pg_trigger WHERE tgname LIKE %s AND NOT tgisinternal"


def guards(like):
    with connection.cursor() as cursor:
        cursor.execute(GUARDS, [like])
        return dict(cursor.fetchall())


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
