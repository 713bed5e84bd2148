"""
`make run` in a fresh clone: the first page, the end, the next start, and what it says.

The clone gets those of this environment's packages by links that `make run` installs; installing
them is what `.ci/run` does.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import urllib.request
from contextlib import contextmanager, suppress
from http import HTTPStatus
from importlib.metadata import distributions
from pathlib import Path
from urllib.error import URLError

import psutil
import pytest

from tests import processes
from tests.development.embedding import PACKAGES, link, our_name
from tests.processes import PROJECT, wait_until

PATIENCE = 120  # seconds until a page, on a machine that is busy with other tests


@pytest.fixture(scope="module")
def clone():
    """Take what is committed, so that a file which was forgotten is missing here too."""
    if not (PROJECT / ".git").exists():
        pytest.skip("this is no git clone")
    top = Path(tempfile.mkdtemp(prefix="clone-"))
    top.chmod(0o755)
    folder = top / "site"
    folder.mkdir()
    committed = ["git", "-c", "safe.directory=*", "archive", "--format=tar", "HEAD"]
    archive = subprocess.run(committed, cwd=PROJECT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=folder, check=True, input=archive)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    environment = folder / ".venv"
    installed = Path(
        sysconfig.get_path("purelib", vars={"base": environment, "platbase": environment})
    )
    shutil.rmtree(installed)
    shutil.copytree(PACKAGES, installed, copy_function=link)
    take_away(packages_of("dev.txt") - packages_of("base.txt") - packages_of("run.txt"), installed)
    (environment / "installed").touch()
    yield folder
    elsewhere = folder / ".local" / "postgres" / "elsewhere"
    if elsewhere.exists():
        shutil.rmtree(elsewhere.read_text().strip())
    shutil.rmtree(top)


def packages_of(lock):
    text = (PROJECT / "requirements" / lock).read_text()
    return {name.lower() for name in re.findall(r"^([\w.-]+)[^=\n]*==", text, re.MULTILINE)}


def take_away(names, installed):
    """Leave nothing of what only the tests have: the site must do without."""
    found = [one for one in distributions(path=[str(installed)]) if one.name.lower() in names]
    assert len(found) > 10
    for one in found:
        for file in one.files or ():
            Path(str(one.locate_file(file))).unlink(missing_ok=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Running:
    """A `make run` with its own terminal's worth of output."""

    def __init__(self, process, port, sandbox_port):
        self.process = process
        self.port = port
        self.sandbox_port = sandbox_port
        self.lines = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        output = self.process.stdout
        assert output is not None
        with output:
            self.lines.extend(output)

    @property
    def output(self):
        return "".join(self.lines)

    def page(self, path="/"):
        """Give the status of a page, None while nothing answers."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=10
            ) as answer:
                return answer.status
        except (URLError, ConnectionError, TimeoutError):
            return None

    def wait_for_page(self):
        wait_until(
            lambda: self.page() == HTTPStatus.OK or self.process.poll() is not None,
            seconds=PATIENCE,
        )
        assert self.process.poll() is None, self.output

    def press_ctrl_c(self):
        os.killpg(self.process.pid, signal.SIGINT)
        wait_until(lambda: self.process.poll() is not None, or_show=lambda: self.output)

    def wait(self):
        self.process.wait(timeout=PATIENCE)
        self.reader.join()
        return self.process.returncode


@contextmanager
def running(folder, **environment):
    environment = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())} | environment
    with processes.running(
        ["make", "run"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "USER": our_name()} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        made = Running(process, int(environment["PORT"]), int(environment["SANDBOX_PORT"]))
        try:
            yield made
        finally:
            for one in processes_of(folder):
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            made.reader.join()


def manage(folder, *command):
    """Run a command in a second terminal, which knows nothing of the first."""
    return subprocess.run(
        [folder / ".venv" / "bin" / "python", "manage.py", *command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "USER": our_name()},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def processes_of(folder):
    """Whatever still runs from this folder, the database server included."""
    found = []
    for process in psutil.process_iter():
        try:
            places = [process.cwd() + "/", *process.cmdline()]
            if any(place.startswith(f"{folder}/") for place in places):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("make run")
class TestMakeRun:
    def test_shows_its_first_page_and_ends_with_all_its_children(self, clone):
        with running(clone) as run:
            run.wait_for_page()

            assert re.search(r"demo@example.com +demo-password", run.output)
            assert f"http://127.0.0.1:{run.port}" in run.output
            wait_until(lambda: "All is up after" in run.output, or_show=lambda: run.output)
            last = run.output.partition("All is up after")[2]
            assert f"http://127.0.0.1:{run.port}/admin/" in last
            assert f"http://127.0.0.1:{run.sandbox_port}/" in last
            played, looked = manage(clone, "play", "duplicate"), manage(clone, "doctor")
            assert played.returncode == 0, played.stderr
            assert "Events are delivered to the running site." in played.stdout
            assert "Background workers alive: 1." in looked.stdout, looked.stderr
            run.press_ctrl_c()
            wait_until(lambda: not processes_of(clone))
            assert run.page() is None

    def test_starts_again_and_ends_by_itself_when_it_is_killed(self, clone):
        with running(clone) as run:
            run.wait_for_page()
            site = [
                process
                for process in processes_of(clone)
                if process.cmdline()[-2:] == ["-m", "development"]
            ]

            for process in site:
                process.kill()

            wait_until(lambda: not processes_of(clone))

    def test_migrates_at_a_later_start_only_what_is_new(self, clone):
        with running(clone) as run:
            run.wait_for_page()
        ports = {"PORT": str(run.port), "SANDBOX_PORT": str(run.sandbox_port)}
        new = clone / "config" / "migrations" / "0002_next.py"

        with running(clone, **ports) as again:
            wait_until(lambda: "demo plans are on" in again.output, or_show=lambda: again.output)
        new.write_text(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
            "    dependencies = [('config', '0001_initial')]\n"
        )
        try:
            with running(clone, **ports) as newer:
                newer.wait_for_page()
        finally:
            manage(clone, "migrate", "config", "0001")
            new.unlink()

        assert "Running migrations" not in again.output
        assert "Applying config.0002_next... OK" in newer.output

    def test_says_which_port_is_taken_and_how_to_choose_another(self, clone):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]

            with running(clone, PORT=str(port)) as run:
                assert run.wait() != 0

        assert f"Port {port} is taken" in run.output
        assert f"PORT={port + 1} make run" in run.output
        assert "Traceback" not in run.output


@pytest.mark.slow
@pytest.mark.xdist_group("make run")
class TestOldData:
    """A migration that is gone, in the database that `make run` has kept."""

    @pytest.fixture
    def _old(self, clone):
        self.sql(
            clone,
            "CREATE TABLE IF NOT EXISTS django_migrations (id bigint PRIMARY KEY GENERATED BY"
            " DEFAULT AS IDENTITY, app varchar(255), name varchar(255), applied timestamptz);"
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('billing', '0007_desks_of_before', now())",
        )
        yield
        self.sql(clone, "DELETE FROM django_migrations WHERE name = '0007_desks_of_before'")

    def sql(self, clone, statement):
        code = (
            "import os, sys, psycopg; from development import environment; environment.prepare()\n"
            "with psycopg.connect(os.environ['DATABASE_URL']) as connection:\n"
            "    connection.execute(sys.argv[1])"
        )
        python = clone / ".venv" / "bin" / "python"
        answer = subprocess.run(
            [python, "-c", code, statement],
            cwd=clone,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr

    @pytest.mark.usefixtures("_old")
    def test_is_named_with_what_to_do(self, clone):
        with running(clone) as run:
            assert run.wait() != 0

        assert "billing.0007_desks_of_before is gone" in run.output
        assert "make clean" in run.output
        assert "Traceback" not in run.output


class TestWelcome:
    def said(self, **environment):
        answer = subprocess.run(
            [
                sys.executable,
                "-c",
                "from development import gunicorn as g; print(g.welcome())",
            ],
            cwd=PROJECT,
            env={"PORT": "8000", "SITE_URL": "http://127.0.0.1:8000"} | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return answer.stdout

    def test_names_the_sandbox(self):
        said = self.said(STRIPE_API_BASE="http://127.0.0.1:12111")

        assert "Stripe's stand-in, where you refund and dispute: http://127.0.0.1:12111" in said

    def test_says_how_events_of_the_real_stripe_get_here(self):
        said = self.said(STRIPE_SECRET_KEY="sk_test_ours", STRIPE_WEBHOOK_SECRET="whsec_ours")

        listen = "stripe listen --all-snapshot --forward-to http://127.0.0.1:8000/webhooks/stripe/"
        assert listen in said
        assert "--print-secret" not in said

    def test_says_where_a_missing_webhook_secret_comes_from(self):
        said = self.said(STRIPE_SECRET_KEY="sk_test_ours")

        assert "set STRIPE_WEBHOOK_SECRET to what `stripe listen --print-secret` says" in said
