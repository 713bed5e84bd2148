"""
The yardstick: pgbench, prepared, doing the least that could be called the same.

One transaction that updates a balance and inserts a row; no key, no lot, no rule, no Python.
"""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from development import embedded_postgres
from tests.benchmarks import cpu
from tests.benchmarks.cpu import Cost
from tests.processes import running

ACCOUNTS = 10_000
QUIET = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}

SCHEMA = """
DROP SCHEMA IF EXISTS yardstick CASCADE;
CREATE SCHEMA yardstick;
CREATE TABLE yardstick.account (id bigint PRIMARY KEY, balance bigint NOT NULL)
    WITH (fillfactor = 70);
CREATE TABLE yardstick.entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id bigint NOT NULL,
    amount bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO yardstick.account SELECT n, 0 FROM generate_series(1, %s) AS n;
"""
READ = r"""
\set account random(1, {accounts})
SELECT balance FROM yardstick.account WHERE id = :account;
"""
TRANSACTION = r"""
\set account random(1, {accounts})
BEGIN;
UPDATE yardstick.account SET balance = balance - 1 WHERE id = :account;
INSERT INTO yardstick.entry (account_id, amount) VALUES (:account, -1);
COMMIT;
"""
PACE = 0.005  # seconds between two looks at what the server's process has used


class Yardstick:
    def __init__(self, scripts: Path) -> None:
        self.program = _pgbench()
        self.scripts = scripts

    def run(
        self, *, clients: int, seconds: float, accounts: int = ACCOUNTS, reading: bool = False
    ) -> float:
        """Return transactions a second; `reading`: of a SELECT by primary key alone."""
        script = (READ if reading else TRANSACTION).format(accounts=accounts)
        with running(self._command(script, clients, seconds), **QUIET) as pgbench:
            shown, _ = pgbench.communicate()
        return float(_found(r"tps = ([\d.]+)", shown))

    def cost(self, *, seconds: float) -> Cost:
        """Return what a transaction of one client costs the server, and what it writes."""
        script = TRANSACTION.format(accounts=ACCOUNTS)
        with connection.cursor() as cursor:
            before = cpu.written(cursor)
            with running(self._command(script, 1, seconds), **QUIET) as pgbench:
                used = 0
                while pgbench.poll() is None:
                    used = _used_by_pgbench(cursor) or used
                    time.sleep(PACE)
                done = int(_found(r"actually processed: (\d+)", pgbench.stdout.read()))
            wal_bytes, rows = cpu.difference(cpu.written(cursor), before)
        return Cost(
            server_us=used / done / 1000,
            python_us=0,
            rows=rows / done,
            wal_bytes=wal_bytes / done,
        )

    def _command(self, text: str, clients: int, seconds: float) -> list[object]:
        script = self.scripts / "script.sql"
        script.write_text(text)
        values = connection.get_connection_params()
        command = [self.program, "-n", "-M", "prepared", "-f", script, "-c", clients, "-j", 2]
        command += ["-T", max(1, round(seconds)), "-h", values.get("host", "")]
        return [*command, "-U", values.get("user", "postgres"), values["dbname"]]


def _used_by_pgbench(cursor) -> int:
    """Return the processor time of the server's process that serves pgbench, if it is there."""
    cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench'")
    found = cursor.fetchone()
    return cpu.used_ns(found[0]) if found else 0


def _found(pattern: str, shown: str) -> str:
    found = re.search(pattern, shown)
    assert found, shown
    return found[1]


@contextmanager
def yardstick() -> Iterator[Yardstick]:
    with connection.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        cursor.execute(SCHEMA, [ACCOUNTS])
        cursor.execute("VACUUM ANALYZE yardstick.account")
        yield Yardstick(Path(folder))


def _pgbench() -> Path:
    beside = embedded_postgres.programs() / "pgbench"
    found = beside if beside.exists() else Path(shutil.which("pgbench") or "")
    if not found.name:
        raise SystemExit("pgbench was not found beside PostgreSQL's programs, nor on PATH.")
    return found
