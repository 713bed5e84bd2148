"""
The processes that tests and benchmarks start: they end with the block that started them.

Each is in a session of its own, so that its children end with it. Should this process be killed,
its keeper ends them: a small process beside it that waits for a lock which this one holds.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from development import parent_lock

PROJECT = Path(__file__).resolve().parent.parent
GRACE = 10.0  # seconds between asking a process to end and ending it


@contextmanager
def running(command, **options):
    """Start a command as `subprocess.Popen` does, and end it and its children with the block."""
    process = subprocess.Popen(  # noqa: TID251 - the one place that starts them
        list(map(str, command)), start_new_session=True, **options
    )
    on_file = kept_by_keeper() / str(process.pid)
    on_file.touch()
    try:
        yield process
    finally:
        end(process)
        on_file.unlink()


def end(process):
    """Ask a process and its children to end; those that do not are ended."""
    signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    signal_group(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


def signal_group(number, how):
    with suppress(ProcessLookupError):
        os.killpg(number, how)


def wait_until(condition, *, seconds=60, or_show=lambda: "did not happen"):
    """Wait for a condition, so much longer than it takes that a slow machine does not matter."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, or_show()
        time.sleep(0.05)


@cache
def kept_by_keeper():
    """Start this process's keeper, as nobody's child; give the folder that it goes by."""
    folder = Path(tempfile.mkdtemp(prefix="processes-"))
    parent_lock.hold(folder / "lock")
    subprocess.run(
        ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-m", "tests.processes", folder],
        check=True,
        cwd=PROJECT,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return folder


def keep(folder):
    """Wait until the process that holds the lock is gone, and end what it has left."""
    parent_lock.wait_until_free(folder / "lock")
    left = [int(file.name) for file in folder.iterdir() if file.name != "lock"]
    for number in left:
        signal_group(number, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(map(group_lives, left)):
        time.sleep(0.05)
    for number in left:
        signal_group(number, signal.SIGKILL)
    shutil.rmtree(folder)


def group_lives(number):
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
