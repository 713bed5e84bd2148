"""One copy of the project and one database, where faults are planted one after another."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import psycopg

from tests.mutants.fault import PROJECT, Fault, Misfit
from tests.processes import running

# Seconds for the tests of one fault. Some faults never end: a sweep that leaves what is due.
PATIENCE = 240
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".local", "*_cache", ".hypothesis", "__pycache__"
)
# pytest's own exit codes.
PASSED, FAILED = 0, 1


class Verdict(StrEnum):
    NOTICED = "noticed"
    SURVIVED = "SURVIVED"
    BROKEN = "BROKEN"  # the tests could not be run, so nobody knows


class Stopped(Exception):
    """Somebody wants this program to end."""


class Workshop:
    def __init__(self, folder: Path, database_url: str, stopping: Event) -> None:
        self.copy = folder / "project"
        self.output = ""
        self._database_url = database_url
        self._stopping = stopping
        self._database_is_sound = False
        shutil.copytree(PROJECT, self.copy, ignore=LEFT_OUT, symlinks=True)

    def judge(self, fault: Fault) -> Verdict:
        """Plant a fault, run its tests, and take it out again."""
        file = self.copy / fault.file
        try:
            sound = file.read_text()
            planted = fault.planted_in(sound)
        except (FileNotFoundError, Misfit) as error:
            self.output = str(error)
            return Verdict.BROKEN
        self._database_is_sound &= not fault.is_of_database
        file.write_text(planted)
        try:
            code = self.run(fault.tests)
        finally:
            file.write_text(sound)
            self._database_is_sound &= not fault.is_of_database
        if code is None or code == FAILED:
            return Verdict.NOTICED
        return Verdict.SURVIVED if code == PASSED else Verdict.BROKEN

    def run(self, tests: str) -> int | None:
        """Run tests in the copy; gives pytest's exit code, or None where they did not end."""
        database = "--reuse-db" if self._database_is_sound else "--create-db"
        options = ["-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", database]
        paths = [f"tests/{path}" for path in tests.split()]
        with (
            tempfile.TemporaryFile("w+") as output,
            running(
                [sys.executable, "-m", "pytest", *options, *paths],
                cwd=self.copy,
                env=os.environ | {"DATABASE_URL": self._database_url},
                stdout=output,
                stderr=output,
            ) as process,
        ):
            self._database_is_sound = False  # until the tests have cleaned up behind them
            deadline = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < deadline:
                if self._stopping.wait(0.1):
                    raise Stopped
            code: int | None = process.poll()
            output.seek(0)
            self.output = output.read()
        self._database_is_sound = code in {PASSED, FAILED}
        return code


@contextmanager
def workshop(number: int, *, server_url: str, stopping: Event) -> Iterator[Workshop]:
    """Open a workshop with a database of its own, and clear it away afterwards."""
    name = f"mutants_{number}"
    server = urlsplit(server_url)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        try:
            yield Workshop(Path(folder), server._replace(path=f"/{name}").geturl(), stopping)
        finally:
            maintenance = server._replace(path="/postgres").geturl()
            with psycopg.connect(maintenance, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS test_{name} WITH (FORCE)")
