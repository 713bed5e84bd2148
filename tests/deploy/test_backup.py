"""
The drill: back up, lose an hour, restore, and have from Stripe what the backup did not know.

By `deploy/backup.sh` alone, as `docs/operations.md` says, on a server of its own: Debian's
PostgreSQL 15 where it is there, else the embedded one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from development import embedded_postgres
from tests.deploy.hosts.postgres import PROGRAMS, as_nobody
from tests.processes import PROJECT, running, wait_until

pytestmark = pytest.mark.slow

BACKUP = PROJECT / "deploy" / "backup.sh"


class Server:
    """A PostgreSQL on a folder, which keeps each finished piece of its log in an archive."""

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.data, self.archive = folder / "data", folder / "archive"
        self.archive.mkdir()
        self.own(self.folder, self.archive)

    @staticmethod
    def own(*folders):
        if os.geteuid() == 0:
            for folder in folders:
                shutil.chown(folder, "nobody", "nogroup")

    def make(self):
        self.do("initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust")

    def do(self, program, *words):
        subprocess.run(
            as_nobody(self.programs / program, *words), check=True, capture_output=True, cwd="/"
        )

    @contextmanager
    def running(self, data, *settings):
        command = as_nobody(
            *(self.programs / "postgres", "-D", data, "-c", "listen_addresses="),
            *("-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off"),
            *[word for setting in settings for word in ("-c", setting)],
        )
        with (
            (self.folder / "log").open("ab") as log,
            running(command, stdout=log, stderr=log) as process,
        ):

            def answers():
                assert process.poll() is None, Path(log.name).read_text()[-3000:]
                try:
                    psycopg.connect(self.url("postgres")).close()
                except psycopg.OperationalError:
                    return False
                return True

            wait_until(answers, seconds=120)
            yield

    def url(self, database):
        return f"postgres://postgres@/{database}?host={self.folder}"

    def sql(self, statement, database="postgres"):
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(statement)
            return next(iter(found.fetchone() or [None])) if found.description else None


@pytest.fixture(scope="module")
def programs():
    return PROGRAMS if (PROGRAMS / "initdb").exists() else embedded_postgres.programs()


@pytest.fixture
def server(programs):
    folder = Path(tempfile.mkdtemp(prefix="drill-"))
    folder.chmod(0o755)
    made = Server(folder, programs)
    made.make()
    try:
        with made.running(
            made.data,
            "archive_mode=on",
            f"archive_command=test ! -f {made.archive}/%f && cp %p {made.archive}/%f",
        ):
            made.sql("CREATE DATABASE credits")
            yield made
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def run(server, stripe_sandbox):
    """Run a program of the shop on a database of the server; gives what it printed."""

    def command(*words, database="credits", succeeds=True):
        environment = os.environ | {
            "PATH": f"{server.programs}:{os.environ['PATH']}",
            "PYTHON": sys.executable,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": server.url(database),
            "STRIPE_API_BASE": stripe_sandbox.base_url,
            "BILLING_RECONCILE_PATIENCE": "0",
            "LOG_LEVEL": "CRITICAL",
            "PYTHONWARNINGS": "ignore",
        }
        done = subprocess.run(
            list(map(str, words)),
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == succeeds, done.stdout + done.stderr
        return done.stdout.strip()

    command(sys.executable, "manage.py", "migrate", "-v0")
    return command


DRILL = (sys.executable, "-m", "tests.deploy.drill")


def counted(server, database):
    count = "SELECT (SELECT count(*) FROM billing_purchase) + (SELECT count(*) FROM billing_refund)"
    return server.sql(count, database)


class TestDrill:
    def test_brings_the_lost_hour_back(self, server, run, tmp_path):
        run(*DRILL, "sell", 2)
        dump = run(BACKUP, "dump", tmp_path)
        run(*DRILL, "again")
        run(*DRILL, "sell", 1)  # to somebody whom the backup does not know

        server.sql("CREATE DATABASE restored")
        said = run(BACKUP, "restore", dump, database="restored", succeeds=False)
        remaining = run(*DRILL, "faults", database="restored")

        assert said.count("The ledger adds up.") == 2
        assert "4 found" not in said
        assert counted(server, "restored") == counted(server, "credits") - 1
        # Named for staff, who refund it; see *Backups* in docs/operations.md.
        assert "not repaired" in said
        assert "1 at Stripe" not in remaining

    def test_goes_back_to_any_second_with_archived_logs(self, server, run, tmp_path):
        run(*DRILL, "sell", 1)
        copies = server.folder / "copies"
        base = Path(run(BACKUP, "base", copies))
        run(*DRILL, "again")
        good = server.sql("SELECT now()::text")
        time.sleep(1.1)  # what comes now is of another second
        server.sql("TRUNCATE billing_dispute, auth_group CASCADE", "credits")
        server.sql("DROP TABLE billing_outgoingmail CASCADE", "credits")
        last = server.sql("SELECT pg_walfile_name(pg_switch_wal())")
        wait_until((server.archive / last).exists)

        (base / "recovery.signal").touch()
        for path in (base, *base.rglob("*")):
            server.own(path)
        base.chmod(0o700)
        with server_of(server, copies).running(
            base,
            f"restore_command=cp {server.archive}/%f %p",
            f"recovery_target_time={good}",
            "recovery_target_action=promote",
            "archive_mode=off",
        ):
            recovered = server_of(server, copies)
            wait_until(lambda: not recovered.sql("SELECT pg_is_in_recovery()"), seconds=120)
            groups = recovered.sql("SELECT count(*) FROM auth_group", "credits")
            purchases = counted(recovered, "credits")
            mails = recovered.sql("SELECT to_regclass('billing_outgoingmail')", "credits")

        assert purchases == 3  # two purchases and a refund
        assert groups > 0
        assert mails is not None


def server_of(server, folder):
    """The same programs and archive, on another folder."""
    other = object.__new__(Server)
    other.folder, other.programs, other.archive = folder, server.programs, server.archive
    server.own(folder)
    return other
