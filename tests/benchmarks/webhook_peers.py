"""
Webhooks of others, on the same signed events: dj-stripe's own view and gringotts-api's.

dj-stripe's is served where this project is, by the same processes on the same database. It asks
Stripe for the session of each event, and for what that names and it has not seen, so each event is
of one session that the sandbox has. gringotts-api has its own environment, a database of its own
on the same server, and uvicorn.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from tests.benchmarks import peers
from tests.benchmarks.webhook import Receiver
from tests.benchmarks.webhook_events import SECRET
from tests.chaos.serving import can_connect
from tests.processes import running, wait_until

WORKER = Path(__file__).with_name("peer_webhook.py")
DATABASE = "credits_peer_webhook"
WORKERS = 2


def dj_stripe(original: dict) -> Receiver:
    from djstripe.models import WebhookEndpoint

    uuid = uuid4()
    WebhookEndpoint.objects.create(
        id="we_benchmark",
        djstripe_uuid=uuid,
        secret=SECRET,
        livemode=False,
        status="enabled",
        url=f"https://testserver/dj-stripe/webhook/{uuid}/",
        enabled_events=["*"],
    )
    return Receiver(
        "dj-stripe",
        "",
        f"/dj-stripe/webhook/{uuid}/",
        adapt=lambda event: original | {"id": event["id"]},
    )


def make_orders(count: int) -> list[dict]:
    """Make what gringotts-api must know of a session before it is paid."""
    python = peers.installed("gringotts-api")
    server = urlsplit(os.environ["DATABASE_URL"])
    maintenance = server._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    done = subprocess.run(
        [str(python), str(WORKER), str(count)],
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    orders: list[dict] = json.loads(done.stdout)
    return orders


@contextmanager
def gringotts() -> Iterator[Receiver]:
    python = peers.installed("gringotts-api")
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        address = f"{folder}/socket"
        command = [python, "-m", "uvicorn", "peer_webhook:app", "--uds", address]
        command += ["--workers", WORKERS, "--log-level", "error"]
        with running(command, cwd=WORKER.parent, env=_environment()) as process:
            wait_until(lambda: can_connect(address) or process.poll() is not None)
            if process.poll() is not None:
                raise RuntimeError("uvicorn did not start")
            yield Receiver("gringotts-api", address, "/gringotts/webhook")
            with psycopg.connect(_database("postgresql")) as connection:
                paid = connection.execute("SELECT FROM users WHERE credits > 0").fetchall()
                print(f"gringotts-api granted credits to {len(paid)} users.")


def _environment() -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": _database("postgresql+psycopg"),
        "STRIPE_SECRET_KEY": "sk_test_peer",
        "STRIPE_WEBHOOK_SECRET": SECRET,
    }


def _database(scheme: str) -> str:
    url = urlsplit(os.environ["DATABASE_URL"])
    return url._replace(scheme=scheme, path=f"/{DATABASE}").geturl()
