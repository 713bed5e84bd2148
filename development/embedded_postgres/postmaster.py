"""
The running server, as `postmaster.pid` tells of it.

The file is believed only when the process of that number really is a server on this data: after
a crash the number may be anybody's.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .runner import Runner

SOCKET = ".s.PGSQL.5432"
FOLDER = "credits-postgres-"
LONGEST_SOCKET_PATH = 103  # bytes on macOS; Linux takes 107


@dataclass(frozen=True)
class Postmaster:
    pid: int
    socket_folder: Path
    status: str

    @classmethod
    def on_file(cls, data: Path) -> "Postmaster | None":
        """Read what the last server on this data wrote, alive or not."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            return cls(int(lines[0]), Path(lines[4]), lines[7].strip())
        except (FileNotFoundError, IndexError, ValueError):
            return None

    @classmethod
    def running(cls, data: Path) -> "Postmaster | None":
        found = cls.on_file(data)
        return found if found is not None and is_server(found.pid, data) else None


def is_server(pid: int, data: Path) -> bool:
    """Say whether this process lives and was started on this data."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        if Path("/proc/self").exists():
            return False
        asked = ("ps", "-ww", "-o", "command=", "-p", str(pid))
        command = subprocess.run(asked, check=False, capture_output=True).stdout  # noqa: S603
    return b" -D %s " % os.fsencode(data) in command


def socket_folder(data: Path, runner: Runner) -> Path:
    """
    Give the folder for the server's socket: only its owner and root reach what is in it.

    The path of a Unix socket has room for little more than 100 bytes, so it cannot be in the
    project. After a crash it is the same one again, for those who still want to reach it.
    """
    last = Postmaster.on_file(data)
    if last is not None and is_private(last.socket_folder, runner):
        return last.socket_folder
    folder = Path(tempfile.mkdtemp(prefix=FOLDER, dir=temporary_parent()))
    runner.own(folder)
    return folder


def temporary_parent() -> Path:
    """Give the folder for temporary files, or /tmp where that is closed or its path too long."""
    parent = Path(tempfile.gettempdir())
    longest = parent / f"{FOLDER}12345678" / SOCKET
    if len(os.fsencode(longest)) > LONGEST_SOCKET_PATH or not Runner.current().can_enter(parent):
        return Path("/tmp")  # noqa: S108 - what is made in it is private
    return parent


def is_private(folder: Path, runner: Runner) -> bool:
    if not folder.is_dir() or folder.is_symlink():
        return False
    status = folder.stat()
    return status.st_uid == runner.uid and status.st_mode & 0o077 == 0


def remove_socket_folder(folder: Path) -> None:
    if folder.name.startswith(FOLDER):
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
