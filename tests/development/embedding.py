"""
Projects of their own for the embedded server, and processes that use it there.

Each user of a server is a real process of the person under test: root, or an ordinary one.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.processes import PROJECT, running, wait_until

PACKAGES = sysconfig.get_path("purelib")
STAY = (
    "import sys; from pathlib import Path\nfrom development import embedded_postgres as embedded\n"
)
PROJECT_SERVER = STAY + (
    "server = embedded.project_server(Path(sys.argv[1]))\n"
    "print(server.url(), flush=True)\n"
    "sys.stdin.read()\n"
)
THROW_AWAY_SERVER = PROJECT_SERVER.replace(
    "project_server(Path(sys.argv[1]))", "throw_away_server(project=Path(sys.argv[1]))"
)


@dataclass(frozen=True)
class Person:
    name: str
    python: str
    packages: str = PACKAGES

    def options(self):
        if self.name == our_name():
            return {}
        person = pwd.getpwnam(self.name)
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}

    def running(self, code, *arguments, folder, **environment):
        """Run code as this person; `folder` has the project's code and is where it works."""
        return running(
            [self.python, "-W", "error", "-c", code, *arguments],
            cwd=folder,
            env={"PATH": os.defpath, "PYTHONPATH": f"{folder}:{self.packages}"} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **self.options(),
        )

    def run(self, code, *arguments, folder, **environment):
        with self.running(code, *arguments, folder=folder, **environment) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def our_name():
    return pwd.getpwuid(os.geteuid()).pw_name


def ordinary_person():
    """Ourselves, or for root the system's own `daemon`, with a Python that it can run."""
    if os.geteuid() != 0:
        return Person(our_name(), sys.executable)
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        person = Person("daemon", python)
        try:
            answer = person.run("import psycopg", folder="/")
        except OSError:
            continue
        if answer.returncode == 0:
            return person
    pytest.skip("no Python with this environment's packages that an ordinary user may run")


def root():
    if os.geteuid() != 0:
        pytest.skip("only root can see what happens to root")
    return Person("root", sys.executable)


class Using:
    """A process that uses a server until told otherwise."""

    def __init__(self, process):
        self.process = process
        self.url = process.stdout.readline().strip()
        assert self.url, process.stderr.read()

    def ask(self, query):
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchone()

    def do(self, statement):
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    @property
    def postmaster(self):
        with psycopg.connect(self.url) as connection:
            backend = psutil.Process(connection.info.backend_pid)
            return backend.parent()

    @property
    def socket_folder(self):
        return Path(self.url.partition("host=")[2])

    def leave(self):
        _, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said

    def kill(self):
        self.process.kill()
        self.process.communicate()


@dataclass
class House:
    """A folder with a project in it, and the processes that use its server."""

    folder: Path
    code: Path
    person: Person
    processes: ExitStack
    code_to_run: str = PROJECT_SERVER

    def begin(self, code=""):
        run = self.person.running(code or self.code_to_run, self.folder, folder=self.code)
        return self.processes.enter_context(run)

    def use(self):
        return Using(self.begin())

    def refused(self):
        """Return what a start says that does not succeed."""
        answer = self.person.run(self.code_to_run, self.folder, folder=self.code)
        assert answer.returncode != 0
        return answer.stderr

    @property
    def data(self):
        state = self.folder / ".local" / "postgres"
        elsewhere = state / "elsewhere"
        return (Path(elsewhere.read_text().strip()) if elsewhere.exists() else state) / "data"


@contextmanager
def house(person, *, name="project", mode=0o755):
    """Make a house for this person, and see it empty afterwards."""
    top = Path(tempfile.mkdtemp(prefix="house-"))
    top.chmod(0o755)
    code = top / "code"
    for package in ("config", "development"):
        shutil.copytree(PROJECT / package, code / package)
    folder = top / name
    folder.mkdir(parents=True)
    folder.chmod(mode)
    if options := person.options():
        os.chown(folder, options["user"], options["group"])
    try:
        with ExitStack() as processes:
            yield House(folder, code, person, processes)
    finally:
        elsewhere = folder / ".local" / "postgres" / "elsewhere"
        if elsewhere.exists():
            shutil.rmtree(elsewhere.read_text().strip())
        shutil.rmtree(top)


def guard_of(house):
    for process in psutil.process_iter():
        command = [] if gone(process) else process.cmdline()
        if "development.embedded_postgres.guard" in command and str(house.data) in command:
            return process
    raise AssertionError("there is no guard")


def link_packages(target, *patterns):
    """Put some of the environment's packages into another folder, without copying their files."""
    target.mkdir()
    for pattern in patterns:
        for source in Path(PACKAGES).glob(pattern):
            if source.is_dir():
                shutil.copytree(source, target / source.name, copy_function=link)
            else:
                link(source, target / source.name)


def link(source, target):
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def kill(process):
    """Kill a server, and wait until it is no more than a name."""
    process.send_signal(signal.SIGKILL)
    wait_until(lambda: gone(process))


def gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
