"""For the tests of projects that have the ledger; nothing that runs for real imports it."""

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql


def allow_any_time(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """
    Let tests travel in time: operations at a time to come, or from before their account was opened.

    Call it once, for a test database that was just made. Who calls it must own the function.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION"
            " credits_can_be_v1(p_opened_at timestamptz, p_at timestamptz) RETURNS boolean"
            " LANGUAGE sql AS 'SELECT true'"
        )


def allow_truncation(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """
    Let tests that commit empty the ledger's tables afterwards: nothing else may, in any database.

    Call it once, for a test database that was just made. Who calls it must own the tables.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE tgname LIKE '%\\_is\\_never\\_truncated'"
        )
        for table, trigger in cursor.fetchall():
            cursor.execute(
                sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(
                    sql.SQL(table), sql.Identifier(trigger)
                )
            )
