"""
Processes that use the ledger hard, killed at random, on a server that is pulled out under them.

What was acknowledged is there, once; nothing is half done; a reader never saw books that do not
add up.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from threading import Event, Thread

import psycopg
import pytest

from development import embedded_postgres
from development.embedded_postgres.cluster import Cluster
from development.embedded_postgres.postmaster import Postmaster
from tests.processes import PROJECT, running, wait_until

WORKERS = 8
ACCOUNTS = 20
SECONDS = 12


class Server:
    """A server of the test's own, with fsync on."""

    def __init__(self):
        self.server = embedded_postgres.throw_away_server(durable=True)
        self.url = self.server.url()
        self.link = None
        private = embedded_postgres.home_of(embedded_postgres.locks_of(PROJECT))
        self.cluster = Cluster(self.server.log.parent, private=private, durable=True)

    def environment(self):
        return os.environ | {
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "LOG_LEVEL": "CRITICAL",
        }

    def manage(self, *words):
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def crash(self):
        """Stop as `pg_ctl stop -m immediate` does, and recover."""
        postmaster = Postmaster.on_file(self.cluster.data)
        assert postmaster is not None
        os.kill(postmaster.pid, signal.SIGQUIT)
        wait_until(lambda: Postmaster.running(self.cluster.data) is None)
        # It comes back behind another socket; everyone goes on knocking at the first.
        now = self.cluster.ensure_running().socket_folder
        if now != postmaster.socket_folder:
            shutil.rmtree(postmaster.socket_folder, ignore_errors=True)
            postmaster.socket_folder.symlink_to(now)
            self.link = postmaster.socket_folder

    def connect(self):
        return psycopg.connect(self.url, autocommit=True)


class Crowd:
    """Workers that are killed and replaced; `folder` has what each of them says."""

    def __init__(self, nursery, folder):
        self.nursery = nursery
        self.folder = folder

    def is_at_work(self):
        assert self.nursery.poll() is None
        return (self.folder / "pids").exists() and any(self.folder.glob("*.log"))

    def kill_one(self):
        pids = (self.folder / "pids").read_text().split()
        with suppress(ProcessLookupError):
            os.kill(int(random.choice(pids)), signal.SIGKILL)

    def kill_all(self):
        os.killpg(self.nursery.pid, signal.SIGKILL)
        self.nursery.wait()

    def acknowledged(self):
        for log in self.folder.glob("*.log"):
            for line in log.read_text().splitlines():
                # The last line of a killed worker may be half of one: not acknowledged.
                if line.endswith("]"):
                    yield tuple(json.loads(line))


@contextmanager
def crowd_at_work(server, folder, accounts):
    words = [folder, WORKERS, ",".join(map(str, accounts))]
    command = [sys.executable, "-m", "tests.chaos.ledger_load", *words]
    with running(command, cwd=PROJECT, env=server.environment()) as nursery:
        crowd = Crowd(nursery, folder)
        wait_until(crowd.is_at_work)
        yield crowd


class Reader(Thread):
    """Sums all books again and again while they move."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.over = Event()
        self.sums = 0
        self.wrong = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.is_set():
            try:
                with self.server.connect() as connection:
                    while not self.over.is_set():
                        [row] = connection.execute(
                            """SELECT (SELECT coalesce(sum(balance), 0) FROM credits_account),
                                      (SELECT coalesce(sum(remaining), 0) FROM credits_lot),
                                      (SELECT coalesce(sum(amount), 0)
                                       FROM credits_credittransaction),
                                      (SELECT coalesce(sum(amount), 0) FROM credits_movement_v1)"""
                        ).fetchall()
                        self.sums += 1
                        if len(set(row)) != 1:
                            self.wrong.append(row)
            except psycopg.Error:
                time.sleep(0.1)


@pytest.fixture
def server():
    server = Server()
    yield server
    server.server.leave()
    if server.link is not None:
        server.link.unlink(missing_ok=True)


def found(connection):
    """What the ledger holds, in the words of the workers' logs."""
    rows = connection.execute(
        """SELECT account_id, 'source', source, granted FROM credits_lot
           UNION ALL SELECT account_id, 'target', source, clawback_target FROM credits_lot
           UNION ALL SELECT account_id, 'key', key, amount FROM credits_credittransaction
           UNION ALL SELECT account_id, 'captured', key, captured FROM credits_hold
               WHERE status <> 'HELD'"""
    )
    return [tuple(row) for row in rows]


def test_nothing_acknowledged_is_lost_or_doubled(server, tmp_path):
    migrated = server.manage("migrate")
    assert migrated.returncode == 0, migrated.stderr
    with server.connect() as connection:
        opened = connection.execute(
            "INSERT INTO credits_account (created_at)"
            " SELECT now() FROM generate_series(1, %s) RETURNING id",
            [ACCOUNTS],
        ).fetchall()
    accounts = [pk for (pk,) in opened]

    with Reader(server) as reader, crowd_at_work(server, tmp_path, accounts) as crowd:
        until = time.monotonic() + SECONDS
        crash_at = time.monotonic() + SECONDS * 0.6
        while time.monotonic() < until:
            time.sleep(random.uniform(0.1, 0.5))
            crowd.kill_one()
            if crash_at and time.monotonic() > crash_at:
                server.crash()
                crash_at = 0
        crowd.kill_all()

    acknowledged = list(crowd.acknowledged())
    with server.connect() as connection:
        there = found(connection)
    assert len(acknowledged) > 100
    assert set(acknowledged) - set(there) == set()
    assert len(there) == len(set(there))
    assert reader.sums > 10
    assert reader.wrong == []
    checked = server.manage("check_ledger")
    assert (checked.returncode, checked.stdout) == (0, "The ledger adds up.\n")
