"""
How the parts of `make run` notice that it is gone, even killed.

`make run` holds a lock of the kind that a process has for itself, so that forks do not inherit
it; each part waits for that lock in a thread, and ends when it gets it.
"""

import fcntl
import os
import signal
import threading
import time
from pathlib import Path

from development.embedded_postgres import PROJECT

GRACE = 5.0  # seconds between asking to end and ending


def hold_lifeline(port: int) -> str:
    """Take the lock, and give the name of its file."""
    folder = PROJECT / ".local"
    folder.mkdir(exist_ok=True)
    path = folder / f"run-{port}.lock"
    holder = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # open until the process ends
    fcntl.lockf(holder, fcntl.LOCK_EX)
    return str(path)


def end_with_run() -> None:
    """Let this process end as soon as the `make run` that started it is gone."""
    threading.Thread(target=wait_and_end, args=[Path(os.environ["LIFELINE"])], daemon=True).start()


def wait_and_end(path: Path) -> None:
    with path.open() as lifeline:
        fcntl.lockf(lifeline, fcntl.LOCK_SH)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
