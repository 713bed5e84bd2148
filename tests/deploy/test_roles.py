"""The roles and the schema of `docs/operations.md`, on a database of their own."""

import re
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.databases import manage, scratch_database
from tests.processes import PROJECT


@pytest.fixture(scope="module")
def roles():
    """Run the page's block; gives the addresses for the owner and for the site."""
    page = (PROJECT / "docs" / "operations.md").read_text()
    (block,) = re.findall(r"```sql\n(CREATE ROLE shop_owner.*?)```", page, re.DOTALL)
    # Roles are of the whole server, and other tests are on it too.
    mark = uuid4().hex[:8]
    block = block.replace("shop", f"shop_{mark}")
    with scratch_database() as url:
        try:
            with psycopg.connect(url) as superuser:
                superuser.execute(block)
            site = urlsplit(url)
            _, _, host = site.netloc.rpartition("@")
            yield tuple(
                site._replace(netloc=f"shop_{mark}{end}:{word}@{host}").geturl()
                for end, word in (("_owner", "one"), ("", "another"))
            )
        finally:
            with psycopg.connect(url) as superuser:
                for role in (f"shop_{mark}", f"shop_{mark}_owner"):
                    name = sql.Identifier(role)
                    superuser.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(name))
                    superuser.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.fixture(scope="module")
def site(roles):
    owner, site = roles
    migrated = manage("migrate", "-v0", database=owner)
    assert migrated.returncode == 0, migrated.stderr
    return site


class TestRole:
    @pytest.mark.parametrize("command", ["check_ledger", "run_jobs"])
    def test_that_owns_nothing_runs_commands(self, site, command):
        done = manage(command, database=site, warnings="ignore")

        assert done.returncode == 0, done.stdout + done.stderr

    def test_cannot_do_away_with_a_guard(self, site):
        with (
            psycopg.connect(site) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("ALTER TABLE credits_lot DISABLE TRIGGER ALL")

    def test_leaves_nothing_outside_its_schema(self, site):
        with psycopg.connect(site) as connection:
            tables = connection.execute(
                "SELECT count(*) FILTER (WHERE nspname = 'public'), count(*) FROM pg_class"
                " JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchone()

        assert tables is not None
        assert tables[0] == 0
        assert tables[1] > 50
