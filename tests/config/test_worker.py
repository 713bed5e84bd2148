"""The worker, as a process of its own, and a real PostgreSQL that goes away under it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg
import pytest

from development import embedded_postgres
from development.embedded_postgres import cluster
from tests.databases import manage
from tests.processes import PROJECT, running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("worker")]


class Database:
    """A server of our own with the site's tables, which can be stopped and started."""

    def __init__(self):
        self.server = embedded_postgres.throw_away_server()
        home = embedded_postgres.home_of(embedded_postgres.locks_of(PROJECT))
        self.cluster = cluster.Cluster(self.server.log.parent, private=home, durable=False)

    @property
    def url(self):
        return self.server.url()

    def stop(self):
        cluster.stop(self.cluster.data)

    def start(self):
        """Start again where it was, for those who still know its address."""
        known = self.server.socket_folder
        now = self.cluster.ensure_running().socket_folder
        self.forget()
        if now != known:
            known.symlink_to(now)

    def forget(self):
        if self.server.socket_folder.is_symlink():
            self.server.socket_folder.unlink()

    def cut_all(self):
        """Cut every connection, as a failover does."""
        return self.ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def ask(self, sql, *values):
        with psycopg.connect(self.url, autocommit=True) as connection:
            [[answer]] = connection.execute(sql, values).fetchall()
        return answer

    def do(self, *statements):
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def queue(self):
        """Queue a job, as the site does; give its number."""
        return self.ask(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'config.free_stalled_jobs', '{}') RETURNING id"
        )

    def has_done(self, job):
        return self.ask("SELECT count(*) FROM procrastinate_jobs WHERE id = %s", job) == 0


@pytest.fixture(scope="module")
def database():
    found = Database()
    migrated = manage("migrate", "-v0", database=found.url)
    assert migrated.returncode == 0, migrated.stderr
    yield found
    found.forget()
    found.server.leave()


class Worker:
    def __init__(self, process, log):
        self.process = process
        self.log = log

    @property
    def said(self):
        return self.log.read_text()

    def ends(self):
        return self.process.wait(120)

    def does_a_job(self, database):
        job = database.queue()
        wait_until(
            lambda: self.process.poll() is not None or database.has_done(job),
            seconds=120,
            or_show=lambda: self.said,
        )
        assert self.process.poll() is None, self.said


@contextmanager
def working(tmp_path, url, *options):
    log = tmp_path / "worker.log"
    with (
        log.open("wb") as file,
        running(
            [sys.executable, "manage.py", "worker", *options, "--settings", "tests.settings"],
            cwd=PROJECT,
            env=os.environ | {"DATABASE_URL": url, "PYTHONWARNINGS": "ignore"},
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        yield Worker(process, log)


class TestWorker:
    def test_goes_on_when_its_database_was_away_for_a_second(self, database, tmp_path):
        with working(tmp_path, database.url) as worker:
            worker.does_a_job(database)

            database.stop()
            time.sleep(1)
            database.start()

            wait_until(lambda: "worker_interrupted" in worker.said, or_show=lambda: worker.said)
            worker.does_a_job(database)

    def test_goes_on_when_its_connections_were_cut(self, database, tmp_path):
        with working(tmp_path, database.url) as worker:
            worker.does_a_job(database)

            assert database.cut_all()

            worker.does_a_job(database)

    def test_waits_for_a_primary_where_it_finds_a_standby(self, database, tmp_path):
        read_only = "ALTER DATABASE credits {} default_transaction_read_only"
        database.do(read_only.format("SET") + " = on")
        try:
            with working(tmp_path, database.url) as worker:
                wait_until(lambda: "read-only" in worker.said, or_show=lambda: worker.said)
                database.do("BEGIN READ WRITE", read_only.format("RESET"), "COMMIT")

                worker.does_a_job(database)
        finally:
            database.do("BEGIN READ WRITE", read_only.format("RESET"), "COMMIT")

    def test_waits_for_a_database_that_starts_after_it(self, database, tmp_path):
        database.stop()
        try:
            with working(tmp_path, database.url) as worker:
                wait_until(lambda: "error connecting" in worker.said, or_show=lambda: worker.said)
                database.start()

                worker.does_a_job(database)
        finally:
            database.start()

    def test_ends_with_an_error_when_the_database_stays_away(self, tmp_path):
        nowhere = "postgres://nobody@/none?host=/nonexistent"
        with working(tmp_path, nowhere, "--patience=0.1") as worker:
            assert worker.ends() == 2

        assert worker.said.splitlines()[-1].startswith("CommandError: The worker could not work")
        assert "Traceback" not in worker.said

    def test_ends_with_an_error_when_the_database_has_no_tables(self, database, tmp_path):
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE empty")
        with working(tmp_path, database.server.url("empty")) as worker:
            assert worker.ends() == 2

        assert "CommandError: The worker cannot work" in worker.said
        assert "procrastinate_prune_stalled_workers" in worker.said

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_ends_well_when_it_is_asked_to(self, database, tmp_path, number):
        with working(tmp_path, database.url) as worker:
            worker.does_a_job(database)

            worker.process.send_signal(number)

            assert worker.ends() == 0, worker.said

    def test_ends_well_when_it_is_asked_to_while_it_waits(self, tmp_path):
        with working(tmp_path, "postgres://nobody@/none?host=/nonexistent") as worker:
            wait_until(lambda: "error connecting" in worker.said, or_show=lambda: worker.said)

            worker.process.send_signal(signal.SIGTERM)

            assert worker.ends() == 0, worker.said
