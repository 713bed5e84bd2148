"""Databases beside the suite's own: for programs that measure, and for Django's commands."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import django
import environ
import psycopg
from django.conf import settings
from django.db import connection

from development import embedded_postgres
from tests.processes import PROJECT

# PostgreSQL's defaults are for a small machine: under load it would write a checkpoint every
# twenty seconds, and after each one whole pages into its log.
ROOMY = ("shared_buffers=1GB", "max_wal_size=4GB", "checkpoint_timeout=15min")


@contextmanager
def database_for(program: str, *, durable: bool = False) -> Iterator[str]:
    """
    Set Django up and make an empty, migrated database; drop it afterwards. Yields its URL.

    It is on the server that DATABASE_URL names, or on a throw-away one. `durable`: with fsync on,
    and with room for the rows, as `docs/operations.md` asks for a site.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    if os.environ.get("DATABASE_URL", settings.NO_SERVER) == settings.NO_SERVER:
        server = embedded_postgres.throw_away_server(
            durable=durable, settings=ROOMY if durable else ()
        )
        os.environ["DATABASE_URL"] = server.url()
        settings.DATABASES["default"] |= environ.Env().db("DATABASE_URL")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"credits_{program}"
    django.setup()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield os.environ["DATABASE_URL"]
    finally:
        connection.creation.destroy_test_db("postgres", verbosity=0)


@contextmanager
def scratch_database():
    """Make an empty database on the suite's server; gives its DATABASE_URL."""
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"scratch_{uuid4().hex[:8]}"
    maintenance = server._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(*arguments, database, settings="tests.settings", warnings="default"):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments, "--settings", settings],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": database, "PYTHONWARNINGS": warnings},
        capture_output=True,
        text=True,
        check=False,
    )


def schema_of(database):
    """Every column, constraint and index, as PostgreSQL itself describes them."""
    with psycopg.connect(database) as connection:
        columns = connection.execute(
            """
            SELECT c.relname,
                   row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
                   a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                   a.attidentity, a.attcollation, pg_get_expr(d.adbin, d.adrelid)
              FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
             ORDER BY 1, 2
            """
        ).fetchall()
        constraints = connection.execute(
            """
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
              FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             ORDER BY 1, 2
            """
        ).fetchall()
        indexes = connection.execute(
            "SELECT tablename, indexname, indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' ORDER BY 1, 2"
        ).fetchall()
    return {"columns": columns, "constraints": constraints, "indexes": indexes}
