"""What `deploy/Dockerfile` does, done in a fresh folder by the script that it shares, and run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from tests.databases import scratch_database
from tests.hosts.serving import free_port
from tests.platform.test_production import CONFIGURATION
from tests.processes import PROJECT, running, wait_until

pytestmark = pytest.mark.xdist_group("image")  # installed once

STOPS_WITHIN = 30.0  # seconds, as docker and systemd are told
# As a builder's; the settings of the suite are not in it.
SHELL = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
HEADERS = {"Host": "credits.example", "X-Forwarded-Proto": "https"}


class Image:
    """A folder as the image has it."""

    def __init__(self, folder):
        self.site = folder / "site"
        self.programs = folder / "venv" / "bin"
        self.as_installed = self.files()

    def files(self):
        """List all that is in it, with what would change if it were written to."""
        found = self.site.parent.rglob("*")
        return {(path, path.lstat().st_mtime_ns) for path in found if not path.is_symlink()}

    def environment(self, **values):
        path = f"{self.programs}:{os.environ['PATH']}"
        return CONFIGURATION | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | values

    def run(self, *command, **values):
        done = subprocess.run(
            command,
            env=self.environment(**values),
            capture_output=True,
            text=True,
            check=False,
            cwd=self.site,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, **values):
        """Serve as the image's CMD does; gives the process, its port and the file of its lines."""
        port = free_port()
        values |= {"PORT": str(port), "BIND": "127.0.0.1", "BEHIND_PROXY": "true"}
        server = self.environment(**values, LOG_STREAM="stdout", METRICS_TOKEN="token")
        with (
            tempfile.NamedTemporaryFile() as lines,
            running(
                command_of_the_image(),
                env=server,
                stdout=lines,
                stderr=subprocess.STDOUT,  # where there should be nothing
                cwd=self.site,
            ) as process,
        ):

            def is_healthy():
                assert process.poll() is None, Path(lines.name).read_text()
                asked = subprocess.run(
                    ["python", "deploy/healthy.py"],
                    env=server,
                    capture_output=True,
                    check=False,
                    cwd=self.site,
                )
                return asked.returncode == 0

            wait_until(is_healthy, seconds=120)
            yield process, port, Path(lines.name)


def command_of_the_image():
    text = (PROJECT / "deploy" / "Dockerfile").read_text()
    return json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])


@pytest.fixture(scope="module")
def image():
    """Install the image's content; skips where packages cannot be had."""
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    folder.chmod(0o755)
    try:
        install = ["deploy/install.sh", str(PROJECT), str(folder)]
        done = subprocess.run(
            install,
            cwd=PROJECT,
            env=SHELL | {"PYTHON": sys.executable},
            capture_output=True,
            text=True,
            check=False,
        )
        if "Could not find a version" in done.stderr or "Connection" in done.stderr:
            pytest.skip(f"no package index can be reached: {done.stderr.splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
        yield Image(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def database(image):
    with scratch_database() as url:
        image.run("python", "manage.py", "migrate", "--verbosity=0", DATABASE_URL=url)
        yield url


@pytest.fixture(scope="module")
def served(image, database):
    with image.serving(DATABASE_URL=database) as (process, port, lines):
        yield process, port, lines


def get(port, path, **headers):
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers=HEADERS | headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


class TestImage:
    def test_has_what_a_site_needs_and_no_more(self, image):
        assert {entry.name for entry in image.site.iterdir()} - {"__pycache__"} == {
            *("api", "billing", "config", "credits", "deploy", "locale", "static", "templates"),
            *("manage.py", "staticfiles"),
        }
        packages = image.run("pip", "freeze", "--all")
        assert "pytest" not in packages
        assert "gunicorn==" in packages

    def test_passes_the_checks_of_a_deployment(self, image):
        image.run("python", "manage.py", "check", "--deploy", "--fail-level=WARNING")

    def test_answers_pages_and_probes(self, served):
        _, port, _ = served

        assert get(port, "/billing/plans/")[0].status == 200
        assert json.loads(get(port, "/readyz")[1])["database"] == "ok"
        assert get(port, "/metrics", Authorization="Bearer token")[0].status == 200

    def test_sends_static_files_compressed_and_to_be_kept(self, served):
        _, port, _ = served
        page = get(port, "/billing/plans/")[1].decode()
        sheet = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]

        answer, body = get(port, sheet, **{"Accept-Encoding": "gzip"})

        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
        assert len(body) < len(get(port, sheet)[1])

    def test_writes_each_line_as_json_to_stdout(self, served):
        _, port, lines = served
        number = get(port, "/billing/plans/?who=ada@example.com")[0].headers["X-Request-ID"]

        def logged():
            written = [json.loads(line) for line in lines.read_text().splitlines()]
            return [line for line in written if line.get("request_id") == number]

        wait_until(logged)
        [line] = logged()
        assert (line["event"], line["method"], line["status"]) == ("request", "GET", 200)
        assert line["route"] == "billing/plans/"
        assert "ada@example.com" not in lines.read_text()

    def test_guards_its_pages_and_cookies(self, served):
        _, port, _ = served

        answer, _ = get(port, "/accounts/login/")
        plain, _ = get(port, "/accounts/login/", **{"X-Forwarded-Proto": "http"})

        headers = answer.headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        for cookie in headers.get_all("Set-Cookie"):
            assert "Secure" in cookie
            assert "SameSite=Lax" in cookie
            assert "HttpOnly" in cookie or cookie.startswith("csrftoken=")
        assert plain.status == 301
        assert plain.headers["Location"] == "https://credits.example/accounts/login/"

    def test_writes_nothing_to_its_own_root(self, image, served):
        assert image.files() == image.as_installed


class TestStop:
    def test_finishes_what_is_under_way_within_thirty_seconds(self, image, database):
        answers = []
        patient = {"DATABASE_URL": database, "DATABASE_TIMEOUTS": "lock_timeout=120s"}
        with image.serving(**patient) as (process, port, lines):
            with psycopg.connect(database) as lock:
                lock.execute("LOCK TABLE billing_creditplan")
                visitor = Thread(
                    target=lambda: answers.append(get(port, "/billing/plans/")[0].status)
                )
                visitor.start()
                wait_until(lambda: is_waiting(database))
                process.send_signal(signal.SIGTERM)
                asked_at = time.monotonic()
                wait_until(lambda: "Handling signal: term" in lines.read_text())
            visitor.join()
            process.wait(STOPS_WITHIN)
            took = time.monotonic() - asked_at

        assert answers == [200]
        assert process.returncode == 0
        assert took < STOPS_WITHIN


def is_waiting(database):
    with psycopg.connect(database) as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return connection.execute(waiting).fetchone() != (0,)
