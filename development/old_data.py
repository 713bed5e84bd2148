"""
Data that another version of this project left behind, and what to do about it.

Until the first release, migrations are rewritten as tables change, and so is the schema of the
sandbox's state: what was made before cannot be brought up to date. `make run` says so.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState

from stripe_sandbox.state.store import SCHEMA

from . import embedded_postgres

SHOWN = 3  # differences in one message
CLEAN = (
    "`make clean` removes the development data (and the installed packages);\n"
    "after it, `make run` starts afresh."
)
EMPTY = "Empty the database that DATABASE_URL names, and start again."

Columns = Mapping[str, set[str]]  # by table


def refuse_old_database() -> None:
    """
    Read the database, and change nothing.

    :raises SystemExit: if it holds what the migrations of today do not make
    """
    host = connection.get_connection_params().get("host", "")
    cure = CLEAN if embedded_postgres.is_embedded(host) else EMPTY
    refuse("The database", list(differences_of_database()), cure)


def refuse_old_sandbox(state: Path) -> None:
    """
    Read the sandbox's state, and change nothing.

    :raises SystemExit: if the sandbox of today cannot read it
    """
    refuse(f"The Stripe sandbox's state, {state},", list(differences_of_sandbox(state)), CLEAN)


def refuse(what: str, differences: list[str], cure: str) -> None:
    if not differences:
        return
    lines = [f"  {difference}" for difference in differences[:SHOWN]]
    if len(differences) > SHOWN:
        lines.append(f"  and {len(differences) - SHOWN} more")
    raise SystemExit(
        "\n".join([f"{what} was made by another version of this project:", *lines, cure])
    )


# --- The database ----------------------------------------------------------------------------


def differences_of_database() -> Iterator[str]:
    loader = MigrationLoader(connection)
    gone = sorted(migrations_that_are_gone(loader))
    if gone:
        yield from (f"its migration {app}.{name} is gone" for app, name in gone)
    else:
        yield from differences_of_tables(loader)


def migrations_that_are_gone(loader: MigrationLoader) -> set[tuple[str, str]]:
    """List what was applied for an app that is still installed, and that no file has any more."""
    known = {*loader.disk_migrations}
    for migration in loader.disk_migrations.values():
        known |= {*migration.replaces}
    return {
        (app, name)
        for app, name in {*loader.applied_migrations} - known
        if app in loader.migrated_apps
    }


def differences_of_tables(loader: MigrationLoader) -> Iterator[str]:
    """Compare the tables with what the applied migrations say today."""
    found = columns_of_database()
    applied = [node for node in loader.graph.nodes if node in loader.applied_migrations]
    begun = {app for app, _ in applied}
    expected = loader.project_state(applied).models if applied else {}
    for (app, _), model in sorted(loader.project_state().models.items()):
        if app not in begun and has_table(model) and table_of(model) in found:
            yield f"its table {table_of(model)} was made by no migration"
    for (app, _), model in sorted(expected.items()):
        if app not in begun or not has_table(model):
            continue
        table = table_of(model)
        if table not in found:
            yield f"it has no table {table}"
        else:
            yield from differences_of_columns(table, found[table], columns_of(model))


def differences_of_columns(table: str, found: set[str], expected: set[str]) -> Iterator[str]:
    if found != expected:
        yield f"its table {table} has other columns: {', '.join(sorted(found ^ expected))}"


def columns_of_database() -> Columns:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
        )
        return by_table(cursor.fetchall())


def has_table(model: ModelState) -> bool:
    return bool(model.options.get("managed", True)) and not model.options.get("proxy", False)


def table_of(model: ModelState) -> str:
    return str(model.options.get("db_table") or f"{model.app_label}_{model.name_lower}")


def columns_of(model: ModelState) -> set[str]:
    return {
        field.db_column or (f"{name}_id" if field.remote_field else name)
        for name, field in model.fields.items()
        if not field.many_to_many
    }


# --- The sandbox's state ---------------------------------------------------------------------


def differences_of_sandbox(state: Path) -> Iterator[str]:
    """Compare tables; one that is missing is made when the sandbox starts."""
    if not state.exists():
        return
    try:
        with closing(sqlite3.connect(f"{state.resolve().as_uri()}?mode=ro", uri=True)) as kept:
            found = columns_in_sqlite(kept)
    except sqlite3.DatabaseError as error:
        yield f"it cannot be read: {error}"
        return
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA.read_text())
        for table, columns in sorted(columns_in_sqlite(fresh).items()):
            yield from differences_of_columns(table, found.get(table, columns), columns)


def columns_in_sqlite(database: sqlite3.Connection) -> Columns:
    rows = database.execute(
        "SELECT one.name, own.name FROM sqlite_master AS one, pragma_table_info(one.name) AS own"
        " WHERE one.type = 'table'"
    )
    return by_table(rows.fetchall())


def by_table(rows: Iterable[tuple[str, str]]) -> Columns:
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return tables
