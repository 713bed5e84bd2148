"""Databases of our own beside the suite's, and Django's commands run on them."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

PROJECT = Path(__file__).resolve().parent.parent.parent


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


def manage(*arguments, database, settings="tests.settings"):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments, "--settings", settings],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": database, "PYTHONWARNINGS": "default"},
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
