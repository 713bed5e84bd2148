"""
One server for all processes that want it; it stops when the last of them is gone.

Each user holds a shared lock on `users.lock` for as long as it lives, so the system counts them,
those that are killed too. The guard, a small process beside the server, waits for the exclusive
lock on that file: it gets it when nobody is left, and stops the server. `starting.lock` is held
by whoever looks whether a server runs and starts one.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from . import cluster

PROJECT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def starting(locks: Path) -> Iterator[None]:
    with locked(locks / "starting.lock", fcntl.LOCK_EX):
        yield


@contextmanager
def locked(path: Path, how: int) -> Iterator[TextIO]:
    with path.open("a") as lock:
        fcntl.flock(lock, how)
        yield lock


class Users:
    """Who uses the server on this data, as one of them, or their guard, sees it."""

    def __init__(self, locks: Path, *, data: Path, throw_away: bool) -> None:
        self.locks = locks
        self.data = data
        self.throw_away = throw_away
        self.lock: TextIO | None = None
        self.joined_by = 0

    def join(self) -> None:
        """Become a user; waits while the last one's server is being stopped."""
        self.lock = (self.locks / "users.lock").open("a")
        fcntl.flock(self.lock, fcntl.LOCK_SH)
        self.joined_by = os.getpid()
        self.ensure_guard()

    def leave(self) -> None:
        """Stop being a user; if that was the last one, return when the server has stopped."""
        if self.lock is None or self.joined_by != os.getpid():  # a fork has its parent's lock
            return
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Others use it, or the guard was quicker; if so, this waits until it is done.
            fcntl.flock(self.lock, fcntl.LOCK_SH)
        else:
            self.retire()
        self.lock.close()
        self.lock = None

    def guard(self) -> None:
        """Wait until nobody uses the server, and stop it."""
        with locked(self.locks / "users.lock", fcntl.LOCK_SH) as users:
            try:
                with locked(self.locks / "guard.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                    fcntl.flock(users, fcntl.LOCK_EX)
                    self.retire()
            except BlockingIOError:
                return  # there is a guard

    def retire(self) -> None:
        cluster.stop(self.data)
        if self.throw_away:
            shutil.rmtree(self.locks, ignore_errors=True)

    def ensure_guard(self) -> None:
        """Start a guard unless there is one; it outlives us, and what kills us."""
        try:
            with locked(self.locks / "guard.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                pass
        except BlockingIOError:
            return
        guard: list[str | Path] = [sys.executable, "-m", "development.embedded_postgres.guard"]
        guard += [self.locks, self.data]
        if self.throw_away:
            guard.append("--throw-away")
        subprocess.run(  # noqa: S603 - ourselves
            ["/bin/sh", "-c", '"$@" &', "sh", *guard],
            check=True,
            cwd=PROJECT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
