"""
How a process notices that the one which started it is gone, even killed.

The parent holds a lock of the kind that a process has for itself, so that forks do not inherit
it. A child waits for that lock, and ends when it gets it.
"""

import fcntl
import os
import signal
import threading
import time
from pathlib import Path

GRACE = 5.0  # seconds between asking to end and ending


def hold(path: Path, *, note: str = "") -> None:
    """Take the lock, for as long as this process lives, and write a note into its file."""
    holder = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # open until the process ends
    fcntl.lockf(holder, fcntl.LOCK_EX)
    os.ftruncate(holder, 0)
    os.write(holder, note.encode())


def wait_until_free(path: Path) -> None:
    """Return when the process that holds the lock has ended."""
    with path.open() as lock:
        fcntl.lockf(lock, fcntl.LOCK_SH)


def end_with_parent(path: Path) -> None:
    """Let this process end as soon as the holder of the lock is gone."""
    threading.Thread(target=_wait_and_end, args=[path], daemon=True).start()


def _wait_and_end(path: Path) -> None:
    wait_until_free(path)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
