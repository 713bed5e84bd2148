"""A database for programs beside the suite: benchmarks, soak runs, mutants."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
import environ
from django.conf import settings
from django.db import connection


@contextmanager
def database_for(program: str, *, durable: bool = False) -> Iterator[str]:
    """
    Set Django up and make an empty, migrated database; drop it afterwards. Yields its URL.

    It is on the server that DATABASE_URL names, or on a throw-away one (`durable`: with fsync on).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    if os.environ.get("DATABASE_URL", settings.NO_SERVER) == settings.NO_SERVER:
        from config import embedded_postgres  # noqa: PLC0415

        os.environ["DATABASE_URL"] = embedded_postgres.throw_away_server(durable=durable).url()
        settings.DATABASES["default"] |= environ.Env().db("DATABASE_URL")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"credits_{program}"
    django.setup()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield os.environ["DATABASE_URL"]
    finally:
        connection.creation.destroy_test_db("postgres", verbosity=0)
