"""
Which migrations keep others from writing to several tables at once: for an empty database.

A request that writes to the same tables in another order then waits for the migration, and the
migration for it: a deadlock, which PostgreSQL ends by an error in one of the two. So from the third
migration of each app on: one table's lock at a time, or a `lock_timeout` that is shorter than
PostgreSQL's `deadlock_timeout`, so that it is the migration that gives up, and can be run again.

Each migration is run, and after each of its statements PostgreSQL is asked what is locked. Prints
a line for each that locks several tables, and ends with exit code 1.
"""

import sys
from contextlib import nullcontext
from typing import Final

import django
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

APPS: Final = ("api", "billing", "config", "credits")
FIRST: Final = ("0001_", "0002_")  # made where there are no tables yet
TABLES: Final = "SELECT oid FROM pg_class WHERE relkind IN ('r', 'p')"
# In the modes that writers wait for.
# https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
LOCKED: Final = """
    SELECT DISTINCT relation::regclass::text FROM pg_locks
     WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = ANY(%s)
       AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
     ORDER BY 1
"""
GIVES_UP: Final = """
    SELECT mine.setting::int BETWEEN 1 AND deadlock.setting::int - 1
      FROM pg_settings AS mine, pg_settings AS deadlock
     WHERE mine.name = 'lock_timeout' AND deadlock.name = 'deadlock_timeout'
"""


class Watcher(MigrationExecutor):
    """Runs migrations, and notes which tables each locks at once."""

    def __init__(self):
        super().__init__(connection)
        self.crowded = {}

    def apply_migration(self, state, migration, fake=False, fake_initial=False):
        if migration.app_label not in APPS or migration.name.startswith(FIRST):
            return super().apply_migration(state, migration, fake, fake_initial)
        there_before = [oid for [oid] in ask(TABLES)]

        def look(execute, sql, params, many, context):
            # Where no transaction is open, a statement is one by itself.
            is_part = connection.in_atomic_block or "CONCURRENTLY" in str(sql).upper()
            with nullcontext() if is_part else transaction.atomic():
                answer = execute(sql, params, many, context)
                tables = [table for [table] in ask(LOCKED, there_before)]
                if len(tables) > 1 and ask(GIVES_UP) == [(False,)]:
                    self.crowded[str(migration)] = tables
            return answer

        with connection.execute_wrapper(look):
            return super().apply_migration(state, migration, fake, fake_initial)


def ask(sql, *values):
    """Ask past Django's cursor, on which `look` sits."""
    connection.ensure_connection()
    return connection.connection.execute(sql, values).fetchall()


def main():
    watcher = Watcher()
    watcher.migrate(watcher.loader.graph.leaf_nodes())
    for name, tables in watcher.crowded.items():
        print(f"{name} locks {', '.join(tables)} at once.")  # noqa: T201 - for whoever started it
    sys.exit(bool(watcher.crowded))


if __name__ == "__main__":
    django.setup()
    main()
