"""Where the suite runs as a guest, it really does; see `tests/guest.py`."""

import pytest
from django.db import connection

from tests import guest

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not guest.is_on(), reason=f"{guest.SWITCH} is not set: make test-as-guest"),
]


def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


class TestGuest:
    def test_owns_nothing(self):
        assert ask("SELECT current_user") == [(guest.ROLE,)]
        assert not ask("SELECT oid FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert not ask("SELECT oid FROM pg_proc WHERE pg_get_userbyid(proowner) = current_user")

    def test_finds_all_in_a_schema_of_its_own(self):
        assert ask("SELECT to_regnamespace('public')") == [(None,)]
        assert ask("SELECT 'credits_lot'::regclass::text, current_schema()") == [
            ("credits_lot", guest.SCHEMA)
        ]

    def test_may_make_nothing(self):
        [(may,)] = ask(f"SELECT has_schema_privilege('{guest.SCHEMA}', 'CREATE')")

        assert not may
