"""
The next version's migrations run beside the old version's processes, and both work afterwards.

From 0.1.0 on every release keeps to what is shown here: columns come with a default in the
database, each in a transaction of its own, so that no deadlock ends a webhook; an index is built
concurrently; a changed verb has a new name.
"""

import json
import os
import signal
import sys
from collections import Counter

import psycopg
import pytest

from tests.databases import manage, scratch_database
from tests.processes import PROJECT, running, wait_until

pytestmark = pytest.mark.slow

NEXT = "tests.deploy.next_version.settings"
KINDS = 5  # of things done
PATIENCE = 240.0


class Journal:
    def __init__(self, file):
        self.file = file

    def lines(self):
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines() if line[-1] == "}"]

    def wait_for_more(self, *names, each=3):
        """Wait until everybody has done everything a few times more."""
        before = len(self.lines())

        def done():
            counts = Counter((line["by"], line["what"]) for line in self.lines()[before:])
            return len(counts) >= KINDS * len(names) and min(counts.values()) >= each

        wait_until(done, seconds=PATIENCE, or_show=lambda: str(self.lines()[-5:]))


@pytest.fixture
def database():
    with scratch_database() as url:
        migrated = manage("migrate", "-v0", database=url, warnings="ignore")
        assert migrated.returncode == 0, migrated.stderr
        yield url


@pytest.fixture
def at_work(database, stripe_sandbox, tmp_path):
    """Start people at work, by name and version."""

    def start(*arguments):
        command = (sys.executable, "-m", "tests.deploy.next_version.load", tmp_path / "journal")
        environment = os.environ | {
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "STRIPE_API_BASE": stripe_sandbox.base_url,
            "LOG_LEVEL": "ERROR",
            "PYTHONWARNINGS": "ignore",
        }
        return running([*command, *arguments], cwd=PROJECT, env=environment)

    return start


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal")


def stop(*processes):
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(PATIENCE) for process in processes] == [0] * len(processes)


def test_comes_beside_the_old_one_and_nothing_fails(database, at_work, journal):
    with at_work("old") as old:
        journal.wait_for_more("old")

        migrated = manage("migrate", "-v0", database=database, settings=NEXT, warnings="ignore")
        assert migrated.returncode == 0, migrated.stderr
        journal.wait_for_more("old")
        with at_work("new", "next") as new:
            journal.wait_for_more("old", "new")
            stop(old)
            journal.wait_for_more("new")
            stop(new)

    failures = Counter((line["what"], line["error"]) for line in journal.lines() if line["error"])
    assert failures == Counter()
    with psycopg.connect(database) as connection:
        there = connection.execute(
            "SELECT count(*) FROM pg_proc WHERE proname IN ('credits_draw_v1', 'credits_draw_v2')"
        ).fetchone()
    assert there == (2,)
    checked = manage("check_ledger", database=database, warnings="ignore")
    assert (checked.returncode, checked.stdout) == (0, "The ledger adds up.\n"), checked.stderr
    longest = max(line["seconds"] for line in journal.lines())
    print(f"\nNothing failed; the longest wait was {longest:.2f} s.")  # noqa: T201 - `pytest -s`
