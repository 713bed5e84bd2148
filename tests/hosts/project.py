"""Other people's projects: an environment, and what `django-admin startproject` makes in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.hosts.document import Block

FILES = Path(__file__).resolve().parent / "files"
# Nothing else of the suite's environment reaches a host: its settings would be there as well.
PASSED_ON = {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}
PREFIXES = ("PIP_", "XDG_", "HTTP_", "HTTPS_", "NO_PROXY", "http_", "https_", "no_proxy")


class Environment:
    """A new virtual environment, and the programs in it."""

    def __init__(self, folder: Path, *, checkout: Path) -> None:
        self.folder = folder
        self.variables = {
            name: value
            for name, value in os.environ.items()
            if name in PASSED_ON or name.startswith(PREFIXES)
        } | {"CHECKOUT": str(checkout), "VIRTUAL_ENV": str(folder)}
        self.variables["PIP_NO_COMPILE"] = "1"  # most of what is installed is never imported
        self.variables["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        run([sys.executable, "-m", "venv", folder], env=self.variables, cwd=folder.parent)

    def run(self, *command: str) -> str:
        return run(command, env=self.variables, cwd=self.folder)

    def installed(self) -> set[str]:
        """List the names of all packages but pip's own."""
        lines = self.run("pip", "freeze", "--disable-pip-version-check").splitlines()
        return {line.split("==")[0].split(" @ ")[0].lower().replace("_", "-") for line in lines}


class Project:
    """What `startproject` makes, on PostgreSQL, with the host's own files added."""

    def __init__(self, folder: Path, environment: Environment, *, database: str) -> None:
        self.folder = folder
        self.environment = environment
        self.variables = environment.variables | {"DATABASE_URL": database}
        folder.mkdir()
        self.run("django-admin", "startproject", "mysite", ".")
        self.add(FILES / "any_host")

    def add(self, files: Path) -> None:
        """Copy a folder's files, and add its `settings.py` to the project's."""
        shutil.copytree(
            files, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("settings.py")
        )
        if (files / "settings.py").exists():
            self.append("mysite/settings.py", (files / "settings.py").read_text())

    def follow(self, blocks: Iterable[Block]) -> None:
        """Do what a page says, block after block."""
        for block in blocks:
            if block.file:
                self.append(block.file, block.text)
            else:
                self.run("sh", "-e", "-c", block.text)

    def append(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as opened:
            opened.write(f"\n\n{text}" if opened.tell() else text)

    def manage(self, *arguments: str, database: str = "") -> str:
        """Run one of Django's commands; on another database, if one is given."""
        variables = {"DATABASE_URL": database} if database else {}
        command = ["python", "-W", "error", "manage.py", *arguments]
        return run(command, env=self.variables | variables, cwd=self.folder)

    def python(self, *arguments: str) -> str:
        return self.run("python", "-W", "error", *arguments)

    def run(self, *command: str) -> str:
        return run(command, env=self.variables, cwd=self.folder)


def run(command: Iterable[str | Path], *, env: dict[str, str], cwd: Path) -> str:
    """
    Run a program to its end and give what it printed.

    :raises AssertionError: with all that it printed, if it failed
    """
    done = subprocess.run(
        list(command), env=env, cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"{command}\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr
