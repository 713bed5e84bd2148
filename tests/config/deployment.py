"""The site as it is deployed: a copy of it, its web processes, its worker and its commands."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode

from tests.processes import PROJECT, running, wait_until

HOST = "credits.example"
GOOD = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "a-secret-key-that-is-as-long-and-as-varied-as-production-wants-1234567890",
    "SITE_URL": f"https://{HOST}",
    "DATABASE_URL": "postgres:///none",
    "EMAIL_URL": "smtp://localhost",
    "STRIPE_SECRET_KEY": "sk_live_" + "0" * 24,
    "STRIPE_LIVE_MODE": "true",
    "STRIPE_WEBHOOK_SECRET": "whsec_production",
}
FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}


def deploy(folder):
    """Copy what production has, and collect its static files."""
    site = folder / "site"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "tests", "docs", "staticfiles")
    shutil.copytree(PROJECT, site, ignore=left_out)
    collected = run(site, "manage.py", "collectstatic", "--no-input", "-v0")
    assert collected.returncode == 0, collected.stderr
    return site


def environment(**changes):
    return {"PATH": os.environ["PATH"]} | GOOD | changes


def run(site, *command, **changes):
    """Run Python in the site's folder until it ends."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=site,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@contextmanager
def serving(site, folder, *options, **changes):
    """Start the site's web processes; gives what asks them."""
    web = Web(folder / "site.socket", folder / "web.log")
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", f"--bind=unix:{web.address}"]
    with (
        web.log.open("wb") as log,
        running(
            [*command, *options],
            cwd=site,
            env=environment(BEHIND_PROXY="true", **changes),
            stdout=log,
            stderr=log,
        ) as process,
    ):
        wait_until(lambda: process.poll() is not None or web.is_alive(), seconds=120)
        assert process.poll() is None, web.log.read_text()
        yield web


@contextmanager
def working(site, folder, *, program=("manage.py", "worker"), **changes):
    """Start the site's worker, or another program of its; gives the file that it logs to."""
    path = folder / "worker.log"
    with (
        path.open("wb") as log,
        running(
            [sys.executable, *program],
            cwd=site,
            env=environment(**changes),
            stdout=log,
            stderr=log,
        ),
    ):
        yield path


class Web:
    """The site behind a Unix socket, as a proxy that ends TLS asks it."""

    def __init__(self, address, log):
        self.address = address
        self.log = log

    def is_alive(self):
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def get(self, path, **headers):
        return self.ask("GET", path, None, headers)

    def ask(self, method, path, body, headers):
        """Send one request; gives the status, the text and the cookies of the answer."""
        connection = _UnixConnection(str(self.address))
        try:
            connection.request(method, path, body, FORWARDED | headers)
            answer = connection.getresponse()
            cookies = [line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie", [])]
            return answer.status, answer.read().decode(), "; ".join(cookies)
        finally:
            connection.close()

    def sign_up(self, email):
        """Fill in the page as a browser does; gives the status of the answer."""
        page = "/accounts/signup/"
        return self.submit(page, to=page, email=email, password1="Pa55-word-of-ada")

    def submit(self, page, *, to, cookies="", **fields):
        """Send a form of a page, with what is hidden in it; gives the status of the answer."""
        _status, text, more = self.get(page, Cookie=cookies)
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([\w-]+)"', text)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(filter(None, [cookies, more])),
            "Referer": f"https://{HOST}{page}",
        }
        return self.ask("POST", to, urlencode(dict(hidden) | fields), headers)[0]

    def ready(self):
        return json.loads(self.get("/readyz")[1])


class _UnixConnection(HTTPConnection):
    def __init__(self, path):
        super().__init__(HOST, timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)
