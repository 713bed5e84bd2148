"""
What `make run` starts: `python -m development.processes web`, `worker` or `stripe`.

They start together and wait for one another: seeding for the sandbox, the worker for the
migrations, which are done when the web server listens.
"""

import os
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.core.management import CommandError, call_command
from django.db import OperationalError

from stripe_sandbox.__main__ import main as serve_sandbox

from . import old_data, parent_lock
from .embedded_postgres import PROJECT

SANDBOX_STATE = PROJECT / ".local" / "stripe-sandbox.sqlite3"
PATIENCE = 120.0  # seconds for another process to get ready


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    parent_lock.end_with_parent(Path(os.environ["PARENT_LOCK"]))
    try:
        {"stripe": stripe, "web": web, "worker": worker}[sys.argv[1]]()
    except CommandError as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(f"The database does not answer: {' '.join(str(error).split())}")


def stripe() -> None:
    old_data.refuse_old_sandbox(SANDBOX_STATE)
    serve_sandbox(
        [
            f"--port={os.environ['SANDBOX_PORT']}",
            f"--state={SANDBOX_STATE}",
            f"--forward-to=http://127.0.0.1:{os.environ['PORT']}/webhooks/stripe/",
            f"--secret={os.environ['STRIPE_WEBHOOK_SECRET']}",
        ]
    )


def web() -> None:
    """Bring the database up to date, then become the web server, which loads the code anew."""
    django.setup()
    old_data.refuse_old_database()
    call_command("migrate")
    if os.environ.get("STRIPE_API_BASE"):
        wait_for_port(urlsplit(os.environ["STRIPE_API_BASE"]).port or 80)
    try:
        call_command("seed_demo")
    except CommandError as error:  # a site without plans is one to look at all the same
        print(error, flush=True)  # noqa: T201 - read by a person, in a terminal
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:development.gunicorn"]
    os.execv(sys.executable, [*gunicorn, "config.wsgi"])  # noqa: S606 - ourselves


def worker() -> None:
    wait_for_port(int(os.environ["PORT"]))
    django.setup()
    call_command("worker", patience=30)


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(f"Nothing answers on port {port} after {PATIENCE:.0f} s.")
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    main()
