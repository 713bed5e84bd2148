"""A database for programs beside the suite: benchmarks, soak runs, mutants."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
import environ
from django.conf import settings
from django.db import connection

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
        from development import embedded_postgres  # noqa: PLC0415

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
