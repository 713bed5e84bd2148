"""The site under gunicorn on a Unix socket, and a Stripe that posts to it from many threads."""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from queue import Empty, SimpleQueue
from threading import Thread

from stripe_sandbox import signing
from tests.processes import PROJECT, running, wait_until

SECRET = "whsec_tests"
PATIENCE = 60.0


class UnixConnection(HTTPConnection):
    def __init__(self, path):
        super().__init__("testserver", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


@contextmanager
def site(folder, *, workers, database, stripe):
    """The site's processes on a database; gives the path of their socket."""
    path = f"{folder}/site.sock"
    command = [
        *(sys.executable, "-m", "gunicorn", "--preload", f"--workers={workers}"),
        *(f"--bind=unix:{path}", "--log-level=error", "--timeout=120", "config.wsgi"),
    ]
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database,
        "STRIPE_API_BASE": stripe,
        "LOG_LEVEL": "CRITICAL",
        "PYTHONWARNINGS": "ignore",
    }
    with running(
        command, cwd=PROJECT, env=os.environ | environment, stderr=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: can_connect(path) or process.poll() is not None)
        assert process.poll() is None, "The site did not start."
        yield path


def can_connect(path):
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(path) == 0


@dataclass
class Answers:
    codes: Counter = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    def quantile(self, share):
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]

    @property
    def rate(self):
        return len(self.seconds) / self.took


def deliver(path, bodies, *, threads, again_on_failure=True):
    """Post bodies, each signed at its moment, and those that failed again, as Stripe does."""

    def request(body):
        return "POST", body, signing.headers(body, SECRET)

    return _send(path, bodies, request, threads=threads, again_on_failure=again_on_failure)


def throw(path, requests, *, threads):
    """Send requests as they are: (method, body, headers)."""
    return _send(path, requests, lambda it: it, threads=threads, again_on_failure=False)


def _send(path, things, request_of, *, threads, again_on_failure):
    queue: SimpleQueue = SimpleQueue()
    for thing in things:
        queue.put((thing, 0))
    answers = Answers()

    def work():
        while True:
            try:
                thing, attempt = queue.get_nowait()
            except Empty:
                return
            method, body, headers = request_of(thing)
            began = time.perf_counter()
            connection = UnixConnection(path)
            try:
                with suppress(BrokenPipeError):  # it has answered before it was told all
                    connection.request(method, "/webhooks/stripe/", body, headers)
                code = connection.getresponse().status
            finally:
                connection.close()
            answers.seconds.append(time.perf_counter() - began)
            answers.codes[code] += 1
            if code >= 500 and again_on_failure and attempt < 5:
                queue.put((thing, attempt + 1))

    crew = [Thread(target=work) for _ in range(threads)]
    began = time.perf_counter()
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    answers.took = time.perf_counter() - began
    return answers
