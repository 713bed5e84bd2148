"""
The database server of the suite: the one that DATABASE_URL names, or a throw-away one.

pytest's own process starts it, and pytest-xdist's workers find it in their environment.
"""

import os

import environ
import pytest
from django.conf import settings
from django.db import connection

from development import embedded_postgres

pytest_plugins = ["stripe_sandbox.pytest_plugin", "tests.shop", "tests.stripe"]


def pytest_configure():
    if os.environ["DATABASE_URL"] == settings.NO_SERVER:
        os.environ["DATABASE_URL"] = embedded_postgres.throw_away_server().url()
        settings.DATABASES["default"] |= environ.Env().db("DATABASE_URL")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that commit empty the ledger afterwards: nobody else may, in any database."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname FROM pg_trigger"
            " WHERE tgname LIKE '%_is_never_truncated'"
        )
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
