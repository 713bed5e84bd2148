"""
The suite as a careful operator runs the site: a role that owns nothing, a schema of its own.

On where SUITE_AS_GUEST is set. The owner makes and migrates the test database; then every
connection that Django opens is the guest's, who may read and write rows and no more. What a test
itself does as the owner of the tables is skipped by name: those are about the guards.
"""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from tests.processes import PROJECT

SWITCH = "SUITE_AS_GUEST"
ROLE, SCHEMA, TEMPLATE = "shop_guest", "shop", "shop_template"
PRODUCT = ("api", "billing", "config", "credits")


def is_on() -> bool:
    return bool(os.environ.get(SWITCH))


def invite() -> None:
    """Make the role and an empty database with the schema, once, and have test databases be it."""
    default = settings.DATABASES["default"]
    default["OPTIONS"]["options"] += f" -c search_path={SCHEMA}"
    default.setdefault("TEST", {})["TEMPLATE"] = TEMPLATE
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, dbname="postgres", autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
        maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    with psycopg.connect(server, dbname=TEMPLATE) as empty:
        empty.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
        empty.execute("DROP SCHEMA public")


@contextmanager
def staying() -> Iterator[None]:
    """Give the guest the rows of the migrated database, and be the guest until the suite ends."""
    with connection.cursor() as cursor:
        for right in (
            "USAGE ON SCHEMA {schema}",
            # TRUNCATE is for the tests that commit, and must be emptied after.
            "SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema}",
            "USAGE ON ALL SEQUENCES IN SCHEMA {schema}",
        ):
            cursor.execute(
                sql.SQL(f"GRANT {right} TO {{role}}").format(
                    schema=sql.Identifier(SCHEMA), role=sql.Identifier(ROLE)
                )
            )
    owner = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = ROLE
    yield
    connection.close()
    connection.settings_dict["USER"] = owner


def skip_what_only_owners_do(call: "pytest.CallInfo[None]") -> None:
    """Skip a test that was refused something by itself; inside the product that is a failure."""
    if call.excinfo is None or not _is_refused(call.excinfo.value):
        return
    places = [Path(frame.filename) for frame in traceback.extract_tb(call.excinfo.tb)]
    inside = [place.relative_to(PROJECT) for place in places if place.is_relative_to(PROJECT)]
    if not any(place.parts[0] in PRODUCT for place in inside):
        skip = pytest.skip.Exception(f"does what only an owner may: {call.excinfo.value}")
        call.excinfo = pytest.ExceptionInfo.from_exc_info((type(skip), skip, call.excinfo.tb))


def _is_refused(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return True
        error = error.__cause__
    return False
