"""
Where the site runs that `make run` has started, for whoever works in a second terminal.

Each run holds a lock on a file of its own in `.local/`, and the file says its ports. A lock that
is free is of a run that has ended, however it ended.
"""

import fcntl
import json
import os
from pathlib import Path

from development.embedded_postgres import PROJECT

PORTS = ("PORT", "SANDBOX_PORT")


def lock_of(port: int, project: Path = PROJECT) -> Path:
    folder = project / ".local"
    folder.mkdir(exist_ok=True)
    return folder / f"run-{port}.lock"


def note() -> str:
    """Say what this run chose, as the file of its lock has it."""
    return json.dumps({name: os.environ[name] for name in PORTS if name in os.environ})


def latest(project: Path = PROJECT) -> dict[str, str]:
    """Give the ports of the run that was started last and still lives; none where none does."""
    locks = sorted((project / ".local").glob("run-*.lock"), key=_started_at, reverse=True)
    return next((_read(lock) for lock in locks if _is_held(lock)), {})


def _started_at(lock: Path) -> float:
    return lock.stat().st_mtime


def _is_held(lock: Path) -> bool:
    """Try the lock. Never in the process that holds it: closing the file would let go of it."""
    with lock.open() as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _read(lock: Path) -> dict[str, str]:
    try:
        found = json.loads(lock.read_text() or "{}")
    except ValueError:  # it is being written
        return {}
    return {name: str(found[name]) for name in PORTS if name in found}
