"""A second terminal finds the ports that `make run` chose, for as long as it runs."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from development import runs
from tests.processes import PROJECT, running

HOLD = """
import sys, time
from pathlib import Path
from development import parent_lock, runs
parent_lock.hold(Path(sys.argv[1]), note=runs.note())
print("holds", flush=True)
time.sleep(600)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / ".local").mkdir()
    return tmp_path


@contextmanager
def run_on(project, port, sandbox_port, *, started_at):
    lock = runs.lock_of(port, project)
    with running(
        [sys.executable, "-c", HOLD, lock],
        cwd=PROJECT,
        env=os.environ | {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "holds\n"
        os.utime(lock, (started_at, started_at))
        yield


class TestLatest:
    def test_is_none_where_none_ever_ran(self, tmp_path):
        assert runs.latest(tmp_path) == {}

    def test_is_the_one_that_lives(self, project):
        ended = json.dumps({"PORT": "8001", "SANDBOX_PORT": "8002"})
        runs.lock_of(8001, project).write_text(ended)

        with run_on(project, 8055, 8056, started_at=1):
            assert runs.latest(project) == {"PORT": "8055", "SANDBOX_PORT": "8056"}
        assert runs.latest(project) == {}

    def test_is_the_one_that_was_started_last_of_several(self, project):
        with (
            run_on(project, 8055, 8056, started_at=2),
            run_on(project, 8044, 8045, started_at=1),
        ):
            assert runs.latest(project)["PORT"] == "8055"

    def test_is_none_while_it_writes_its_note(self, project):
        with run_on(project, 8055, 8056, started_at=1):
            runs.lock_of(8055, project).write_text('{"PORT": ')

            assert runs.latest(project) == {}
