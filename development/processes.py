"""
What `make run` starts: `python -m development.processes web`, `worker` or `stripe`.

They start together and wait for one another: seeding for the sandbox, the worker for the web
server's first answer. Where the database is as the last start left it (`prepared.py`), the web
server begins at once, and the demo data are looked after by the worker.
"""

import os
import socket
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from . import parent_lock, prepared
from .embedded_postgres import PROJECT

SANDBOX_STATE = PROJECT / ".local" / "stripe-sandbox.sqlite3"
PATIENCE = 120.0  # seconds for another process to get ready
GUNICORN = [sys.executable, "-u", "-m", "gunicorn", "-c", "python:development.gunicorn"]
WEB_SERVER = [*GUNICORN, "config.wsgi"]


def commands(names: list[str], *, is_prepared: bool) -> dict[str, list[str]]:
    """Give the command of each process; a prepared database takes the short way."""
    made = {name: [sys.executable, "-u", "-m", "development.processes", name] for name in names}
    if is_prepared:
        made["web"] = WEB_SERVER
        made["worker"].append("seed")
    return made


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    parent_lock.end_with_parent(Path(os.environ["PARENT_LOCK"]))
    name, *words = sys.argv[1:]
    if name == "worker":
        wait_for_site()  # with as little of a neighbour as can be
    from django.core.management import CommandError  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415

    try:
        {"stripe": stripe, "web": web, "worker": worker}[name](*words)
    except CommandError as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(f"The database does not answer: {' '.join(str(error).split())}")


def stripe() -> None:
    from stripe_sandbox.__main__ import main as serve_sandbox  # noqa: PLC0415

    from . import old_data  # noqa: PLC0415

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
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    from . import old_data  # noqa: PLC0415 - its imports want Django set up

    folders = prepared.folders_of_apps()
    code = prepared.code(folders)
    old_data.refuse_old_database()
    call_command("migrate")
    prepared.remember(folders, code)
    seed()
    os.execv(sys.executable, WEB_SERVER)  # noqa: S606 - ourselves


def worker(*words: str) -> None:
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    if "seed" in words:
        seed()
    call_command("worker", patience=30)


def seed() -> None:
    from django.core.management import CommandError, call_command  # noqa: PLC0415

    if os.environ.get("STRIPE_API_BASE"):
        wait_for_port(urlsplit(os.environ["STRIPE_API_BASE"]).port or 80)
    try:
        call_command("seed_demo")
    except CommandError as error:  # a site without plans is one to look at all the same
        print(error, flush=True)  # noqa: T201 - read by a person, in a terminal


def wait_for_site() -> None:
    """Return when the site answers whatever it is; its port is open before the code is loaded."""
    port = int(os.environ["PORT"])
    wait_for_port(port)
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE).close()
    except HTTPError:
        return
    except OSError as error:
        sys.exit(f"The site does not answer: {error}")


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
