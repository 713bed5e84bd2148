"""
The yardstick: pgbench, prepared, doing the least that could be called the same.

One transaction that updates a balance and inserts a row; no key, no lot, no rule, no Python.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from development import embedded_postgres

ACCOUNTS = 10_000

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


class Yardstick:
    def __init__(self, scripts: Path) -> None:
        self.program = _pgbench()
        self.scripts = scripts

    def run(
        self, *, clients: int, seconds: float, accounts: int = ACCOUNTS, reading: bool = False
    ) -> float:
        """Return transactions a second; `reading`: of a SELECT by primary key alone."""
        script = self.scripts / "script.sql"
        script.write_text((READ if reading else TRANSACTION).format(accounts=accounts))
        values = connection.get_connection_params()
        command = [self.program, "-n", "-M", "prepared", "-f", script, "-c", clients, "-j", 2]
        command += ["-T", max(1, round(seconds)), "-h", values.get("host", "")]
        command += ["-U", values.get("user", "postgres"), values["dbname"]]
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, check=True
        )
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found, done.stdout
        return float(found[1])


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
