"""`python -m stripe_sandbox` as a developer runs it: its own process, its state in a file."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.conf import settings

from stripe_sandbox.__main__ import main
from stripe_sandbox.client import Sandbox
from tests import processes
from tests.stripe_sandbox.buying import make_client, make_payment, make_session


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*arguments):
    # Where no Django settings are: it needs none.
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    return processes.running(
        [sys.executable, "-m", "stripe_sandbox", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(*arguments, end=signal.SIGTERM):
    """Start the command, wait until it serves, and end it by a signal."""
    with start(*arguments) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Stripe sandbox: http://127.0.0.1:"), process.communicate()[1]
        yield Sandbox(line.split()[2])
        process.send_signal(end)
        process.communicate(timeout=120)


def answers(address, port) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


class TestCommand:
    def test_keeps_its_state_when_it_is_killed(self, tmp_path):
        arguments = ("--port", free_port(), "--state", tmp_path / "state.sqlite3")
        with running(*arguments, end=signal.SIGKILL) as sandbox:
            client = make_client(sandbox)
            paid = make_payment(sandbox, client)
            waiting = make_session(client)

        with running(*arguments) as sandbox:
            client = make_client(sandbox)
            sandbox.pay(waiting.id)
            ids = [session.id for session in client.v1.checkout.sessions.list().data]

        assert ids == [waiting.id, paid.id]

    def test_serves_this_machine_only_and_forwards_after_a_reset_too(self, tmp_path):
        port = free_port()
        forward = ("--forward-to", "http://127.0.0.1:1/hook", "--secret", "whsec_x")

        with running("--port", port, "--state", tmp_path / "s.sqlite3", *forward) as sandbox:
            sandbox.reset()
            endpoints = make_client(sandbox).v1.webhook_endpoints.list().data
            addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port)}
            reached = [a for a in addresses - {"127.0.0.1", "::1"} if answers(a, port)]

        assert [endpoint.url for endpoint in endpoints] == ["http://127.0.0.1:1/hook"]
        assert reached == []

    def test_keeps_nothing_without_a_file(self, tmp_path):
        with running("--port", free_port()) as sandbox:
            make_client(sandbox).v1.products.create({"name": "Starter"})

        with running("--port", free_port()) as sandbox:
            assert make_client(sandbox).v1.products.list().data == []

    def test_names_a_port_that_is_taken(self, tmp_path):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with start("--port", port, "--state", tmp_path / "state.sqlite3") as process:
                _, errors = process.communicate(timeout=120)

        assert process.returncode == 1
        assert f"Port {port} is taken" in errors

    @pytest.mark.parametrize("kind", ["a folder", "a text", "in a file"])
    def test_names_a_state_that_it_cannot_use(self, tmp_path, kind):
        state = tmp_path / "state"
        if kind == "a folder":
            state.mkdir()
        else:
            state.write_text("no database " * 1000)
        state = state / "inside" if kind == "in a file" else state
        with start("--port", "0", "--state", state) as process:
            _, errors = process.communicate(timeout=120)

        assert process.returncode == 1
        assert errors.startswith(f"The state in {state} cannot be used: ")
        assert len(errors.splitlines()) == 1

    def test_ends_with_an_error_when_its_state_is_taken_away(self, tmp_path):
        state = tmp_path / "state.sqlite3"
        with start("--port", "0", "--state", state) as process:
            assert process.stdout.readline().startswith("Stripe sandbox:")

            with sqlite3.connect(state) as other:
                other.execute("DROP TABLE due")

            _, errors = process.communicate(timeout=120)

        assert process.returncode == 1
        assert errors.startswith(f"The state in {state} cannot be used: no such table")

    @pytest.mark.parametrize(
        "argument", ["--forward-to=http://127.0.0.1:1/", "--secret=whsec_x"], ids=str
    )
    def test_wants_an_address_and_a_secret_together(self, capsys, argument):
        with pytest.raises(SystemExit) as exit_:
            main([argument])

        assert exit_.value.code == 2
        assert "--forward-to and --secret belong together" in capsys.readouterr().err

    def test_names_a_package_that_is_missing(self, tmp_path):
        (tmp_path / "jinja2.py").write_text("raise ModuleNotFoundError(name='jinja2')")
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{settings.BASE_DIR}"}
        command = [sys.executable, "-m", "stripe_sandbox", "--port", "0"]

        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

        assert done.returncode == 1
        assert (
            done.stderr
            == "The sandbox needs jinja2: pip install 'django-stripe-credits[sandbox]'.\n"
        )
