"""What a test starts ends with it: when it fails, and when pytest itself is killed."""

import subprocess
import sys
import textwrap

import psutil
import pytest

from tests.processes import PROJECT, running, wait_until

# A process and its child, both of which must be made to end.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
with open(sys.argv[1], "a") as pids:
    pids.write(f"{os.getpid()}\\n")
time.sleep(600)
"""
TEST = """
import sys, time
from pathlib import Path
from tests import processes

processes.GRACE = 0.5
PIDS = Path(sys.argv[-1]).with_name("pids")

def started():
    return PIDS.exists() and len(PIDS.read_text().split()) == 2

def test_it():
    with processes.running([sys.executable, "-c", {stubborn!r}, PIDS]):
        processes.wait_until(started)
        {then}
"""


@pytest.fixture
def pytest_on(tmp_path):
    """The command that runs a file with a test in it, which does `then` while its process runs."""

    def command(*, then):
        file = tmp_path / "test_it.py"
        file.write_text(textwrap.dedent(TEST.format(stubborn=STUBBORN, then=then)))
        plain = ("-c", "/dev/null", "-p", "no:django", "-p", "no:cacheprovider")
        return [sys.executable, "-m", "pytest", *plain, "-p", "no:randomly", file]

    return command


@pytest.fixture
def pids(tmp_path):
    def read():
        file = tmp_path / "pids"
        return [int(pid) for pid in file.read_text().split()] if file.exists() else []

    yield read
    for pid in read():
        if alive(pid):
            psutil.Process(pid).kill()


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class TestRunning:
    def test_leaves_nothing_when_a_test_fails(self, pytest_on, pids):
        done = subprocess.run(
            pytest_on(then="raise AssertionError('as it should')"),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert "as it should" in done.stdout, done.stdout + done.stderr
        assert len(pids()) == 2
        wait_until(lambda: not any(map(alive, pids())))

    def test_leaves_nothing_when_pytest_is_killed(self, pytest_on, pids):
        with running(pytest_on(then="time.sleep(600)"), cwd=PROJECT) as process:
            wait_until(lambda: len(pids()) == 2)

            process.kill()

            wait_until(lambda: not any(map(alive, pids())))

    def test_leaves_nothing_of_a_process_that_ended_before_its_children(self, pids, tmp_path):
        code = STUBBORN.replace("os.fork()", "os.fork() and sys.exit()")
        with running([sys.executable, "-c", code, tmp_path / "pids"]) as process:
            process.wait(60)
            wait_until(lambda: len(pids()) == 1)

        wait_until(lambda: not any(map(alive, pids())))

    def test_lets_a_process_end_in_its_own_way(self):
        code = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: exit(7))\nprint()\n"
        command = [sys.executable, "-u", "-c", code + "time.sleep(600)"]
        with running(command, stdout=subprocess.PIPE) as process:
            process.stdout.readline()

        assert process.returncode == 7
