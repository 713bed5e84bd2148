"""
A folder with a database in it and the server on that: made, started, found again, stopped.

Callers hold a lock (`sharing.py`), so no two processes start or stop one cluster at a time.
"""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import binaries
from .errors import DataOfAnother, DataOfAnotherVersion, ServerFailed
from .postmaster import Postmaster, is_server, remove_socket_folder, socket_folder, wait_for
from .runner import Runner

PATIENCE = 60.0  # seconds that a start, with its crash recovery, or a stop may take
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Cluster:
    home: Path  # open to the server's user; `data` and `server.log` are made in it
    private: Path  # open to the server's user; where a copy of the programs may go
    durable: bool
    settings: tuple[str, ...] = ()  # of the server, `name=value`

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def ensure_running(self) -> Postmaster:
        if Postmaster.running(self.data) is None:
            self.start()
        wait_for(self.is_ready, seconds=PATIENCE)
        postmaster = Postmaster.running(self.data)
        if postmaster is None or postmaster.status != "ready":
            raise ServerFailed("PostgreSQL did not become ready.", log=self.end_of_log())
        return postmaster

    def start(self) -> None:
        runner = Runner.current()
        programs, version = binaries.find(runner, private=self.private)
        if not self.data.exists():
            self.initialise(programs, version, runner)
        self.check_data(version, runner)
        sockets = socket_folder(self.data, runner)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={sockets}",
            "unix_socket_permissions=0700",
            "max_connections=200",
            *(() if self.durable else FAST),
            *self.settings,
        ]
        self.launch(programs / "postgres", settings, runner)

    def initialise(self, programs: Path, version: int, runner: Runner) -> None:
        """Make the data under another name first: a start that is killed leaves no half of it."""
        for left in self.home.glob("data.*"):
            shutil.rmtree(left)
        draft = self.home / f"data.{secrets.token_hex(4)}"
        draft.mkdir(mode=0o700)
        runner.own(draft)
        locale = ["--no-locale"]
        if version >= 17:  # noqa: PLR2004 - the first that brings a locale of its own
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = runner.run(
            programs / "initdb",
            f"--pgdata={draft}",
            "--username=postgres",
            "--auth=trust",  # only its owner and root reach the socket
            "--encoding=UTF8",
            *locale,
            *([] if self.durable else ["--no-sync"]),
            capture_output=True,
        )
        if made.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise ServerFailed("PostgreSQL could not make its data.", log=made.stderr)
        draft.rename(self.data)

    def check_data(self, version: int, runner: Runner) -> None:
        owner = self.data.stat().st_uid
        if owner != runner.uid:
            raise DataOfAnother(self.data, owner=owner, runner=runner.uid)
        written_by = (self.data / "PG_VERSION").read_text().strip()
        if written_by != str(version):
            raise DataOfAnotherVersion(self.data, written_by=written_by, found=version)

    def launch(self, postgres: Path, settings: list[str], runner: Runner) -> None:
        """
        Start the server in a session of its own, as nobody's child.

        A Ctrl-C in the terminal must not reach it before those that use it. Right after a server
        was killed its children may take a moment to leave; until then a new one refuses to start.
        """
        command: list[str | Path] = [postgres, "-D", self.data]
        for setting in settings:
            command += ["-c", setting]
        deadline = time.monotonic() + PATIENCE
        while (said := self.launch_once(command, runner)) is not None:
            if "still in use" not in said or time.monotonic() > deadline:
                raise ServerFailed("PostgreSQL did not start.", log=said)
            time.sleep(0.2)

    def launch_once(self, command: list[str | Path], runner: Runner) -> str | None:
        """Return what a server that gave up said, or None while it lives."""
        with self.log.open("ab") as log:
            begin = log.tell()
            started = runner.run(
                *("/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command),
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        pid = int(started.stdout)
        wait_for(lambda: self.is_ready() or not is_server(pid, self.data), seconds=PATIENCE)
        if is_server(pid, self.data):
            return None
        return self.log.read_bytes()[begin:].decode(errors="replace")

    def is_ready(self) -> bool:
        found = Postmaster.running(self.data)
        return found is not None and found.status == "ready"

    def end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


def stop(data: Path) -> None:
    """Stop the server on this data, politely first, and leave no trace of its socket."""
    last = Postmaster.on_file(data)
    if last is None:
        return
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if is_server(last.pid, data):
            os.kill(last.pid, how)
            wait_for(lambda: not is_server(last.pid, data), seconds=PATIENCE)
    remove_socket_folder(last.socket_folder)
