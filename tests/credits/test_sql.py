"""What migrations install beside the tables."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db

INSTALLED = """
    SELECT proname FROM pg_proc WHERE proname LIKE 'credits\\_%'
    UNION ALL
    SELECT relname FROM pg_class WHERE relkind IN ('v', 'c') AND relname LIKE 'credits\\_%'
    UNION ALL
    SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'credits%'
    ORDER BY 1
"""
VERSIONED = """
    SELECT proname FROM pg_proc WHERE proname LIKE 'credits\\_%'
    UNION
    SELECT relname FROM pg_class WHERE relkind IN ('v', 'c') AND relname LIKE 'credits\\_%'
    UNION
    SELECT typname FROM pg_type WHERE typtype = 'd' AND typname LIKE 'credits\\_%'
"""


def ask(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return [name for (name,) in cursor.fetchall()]


def test_each_name_carries_a_version():
    names = ask(VERSIONED)

    assert len(names) > 10
    assert [name for name in names if not name.endswith("_v1")] == []


def test_goes_as_it_came():
    """`migrate credits zero` leaves nothing behind, so that the app can be installed again."""
    operations = import_module("credits.migrations.0002_sql").Migration.operations
    before = ask(INSTALLED)

    with connection.schema_editor(atomic=False) as editor:
        for operation in reversed(operations):
            operation.database_backwards("credits", editor, apps, apps)
        left = ask(VERSIONED)
        for operation in operations:
            operation.database_forwards("credits", editor, apps, apps)

    # What belongs to the tables, and goes with them.
    assert left == ["credits_account_number_v1", "credits_balance_after_v1", "credits_lot_part_v1"]
    assert ask(INSTALLED) == before
