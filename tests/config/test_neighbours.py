"""A neighbour that is slow, full or away stalls nobody but whoever needs it."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from config import connections
from tests.config.deployment import deploy, run, serving, working
from tests.databases import scratch_database
from tests.processes import wait_until
from tests.smtp import mail_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("neighbours")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return deploy(tmp_path_factory.mktemp("deployed"))


@pytest.fixture(scope="module")
def database(site):
    """A database of the site's own, migrated; gives its DATABASE_URL."""
    with scratch_database() as url:
        migrated = run(site, "manage.py", "migrate", "-v0", DATABASE_URL=url)
        assert migrated.returncode == 0, migrated.stderr
        yield url


class TestMailServerThatHangs:
    def test_keeps_nobody_from_signing_up_and_sends_their_codes_when_it_is_well(
        self, site, database, tmp_path
    ):
        people = [f"person{number}@example.com" for number in range(12)]
        with mail_server() as server:
            names = {"DATABASE_URL": database, "EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}
            server.pause = 600
            with (
                serving(site, tmp_path, "--threads=2", "--worker-class=gthread", **names) as web,
                working(site, tmp_path, EMAIL_TIMEOUT="1", **names) as worker_log,
                ThreadPoolExecutor(len(people)) as crowd,
            ):
                begun = time.monotonic()
                answers = [crowd.submit(web.sign_up, email) for email in people]
                wait_until(web.is_alive)
                statuses = {answer.result() for answer in answers}
                took = time.monotonic() - begun
                wait_until(
                    lambda: "message_put_off" in worker_log.read_text(),
                    or_show=worker_log.read_text,
                )
                assert server.received == []
                server.pause = 0
                server.gone.set()  # those that it hangs on are let go
                wait_until(
                    lambda: all(email in "".join(server.received) for email in people),
                    seconds=240,
                    or_show=worker_log.read_text,
                )

        assert statuses == {302}
        assert took < 60, "twelve requests waited for a mail server"


WEB = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name LIKE 'web %' AND datname = current_database()
"""


def ask(database, sql):
    with psycopg.connect(database, autocommit=True) as connection:
        [[answer]] = connection.execute(sql).fetchall()
    return answer


@contextmanager
def role_for_web(database, *, limit):
    """A role that may do what the owner may, on so many connections; gives its DATABASE_URL."""
    owner = ask(database, "SELECT current_user")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"CREATE ROLE neighbours_web LOGIN CONNECTION LIMIT {limit} IN ROLE {owner}"
        )
        connection.execute(f"ALTER ROLE neighbours_web SET role = '{owner}'")
        try:
            address = urlsplit(database)
            host = address.netloc.rpartition("@")[2]
            yield address._replace(netloc=f"neighbours_web@{host}").geturl()
        finally:
            connection.execute("DROP ROLE neighbours_web")


class TestConnections:
    def test_of_a_web_process_are_no_more_than_its_pool(self, site, database, tmp_path):
        options = ("--threads=8", "--worker-class=gthread")
        names = {"DATABASE_URL": database, "DATABASE_POOL": "2"}
        with serving(site, tmp_path, *options, **names) as web, ThreadPoolExecutor(8) as crowd:
            pages = [crowd.submit(web.get, "/billing/plans/") for _ in range(64)]
            most = 0
            while not all(page.done() for page in pages):
                most = max(most, ask(database, WEB))
            statuses = {page.result()[0] for page in pages}

        assert statuses == {200}
        assert 1 <= most <= 2

    def test_of_a_worker_are_bounded_and_few_while_it_is_idle(self, site, database, tmp_path):
        workers = WEB.replace("web %", "worker %")
        with working(site, tmp_path, DATABASE_URL=database) as log:
            wait_until(lambda: ask(database, workers) > 0, or_show=log.read_text)
            most = 0
            begun = time.monotonic()
            while time.monotonic() < begun + 5 or ask(database, workers) > 3:
                most = max(most, ask(database, workers))
                assert time.monotonic() < begun + 120, "an idle worker keeps more than three"

        assert most <= connections.OF_A_WORKER

    def test_that_are_used_up_leave_some_to_commands_and_are_named(self, site, database, tmp_path):
        with role_for_web(database, limit=1) as url:
            holder = psycopg.connect(url)
            try:
                with serving(site, tmp_path, DATABASE_URL=url) as web:
                    page, ready = web.get("/billing/plans/")[0], web.ready()
                checked = run(site, "manage.py", "check_ledger", DATABASE_URL=database)
                refused = run(site, "manage.py", "check_ledger", DATABASE_URL=url)
            finally:
                holder.close()

        assert page == 503
        assert ready["database"] == "OperationalError: no connection is left"
        assert checked.returncode == 0, checked.stderr
        assert refused.returncode == 2
        assert "too many connections for role" in refused.stderr
