"""
The whole webhook beside an empty view, both under gunicorn: `python -m tests.benchmarks.webhook`.

Each event pays for a purchase of its own: signature, inbox, facts, settlement, grant and commit.
Prints requests a second of both, and their ratio, from alternating rounds of one run.
"""

import json
import os
import re
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from development import embedded_postgres
from tests.benchmarks import results
from tests.chaos.serving import can_connect
from tests.databases import ROOMY
from tests.processes import running, wait_until

CLIENTS = 8
ROUNDS = 5
EVENTS = 1_000  # a round
SECRET = "whsec_tests"


def main() -> int:
    server = None
    if not os.environ.get("DATABASE_URL"):
        server = embedded_postgres.throw_away_server(durable=True, settings=ROOMY)
        os.environ["DATABASE_URL"] = server.url()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.webhook_settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    events = make_events(ROUNDS * EVENTS)
    with gunicorn() as address:
        empty, webhook = [], []
        get = b"GET /empty/ HTTP/1.1\r\nHost: testserver\r\n\r\n"
        hammer(address, [get] * EVENTS)
        for number in range(ROUNDS):
            empty.append(hammer(address, [get] * EVENTS))
            batch = events[number * EVENTS : (number + 1) * EVENTS]
            webhook.append(hammer(address, [request_of(event) for event in batch]))
    ratios = [paid / idle for paid, idle in zip(webhook, empty, strict=True)]
    print(f"empty view  {statistics.median(empty):8.0f} requests/s")
    print(f"webhook     {statistics.median(webhook):8.0f} requests/s")
    print(f"webhook / empty view: {statistics.median(ratios):.2f}")
    results.keep({"webhook": statistics.median(ratios)})
    return check_books(len(events))


def make_events(count: int) -> list[dict]:
    """Open purchases, and copy a real event for each of them."""
    from django.conf import settings

    from billing.models import Purchase
    from credits.models import Account
    from stripe_sandbox import testing
    from tests.people import make_user
    from tests.shop import Shop, promised

    with testing.running(secret=SECRET) as stripe:
        settings.STRIPE_API_BASE = stripe.base_url
        shop = Shop(stripe)
        model = shop.open()
        shop.pay(model)
        text = json.dumps(shop.event("checkout.session.completed"))
        session_id, payment_id = (
            model.stripe_session_id,
            shop.event("payment_intent.succeeded")["data"]["object"]["id"],
        )
        event_id = json.loads(text)["id"]
    accounts = [Account.objects.for_user(make_user()) for _ in range(count)]
    terms = promised(model)
    del terms["account"]
    buyer = buyer_of(model)
    purchases = Purchase.objects.bulk_create(
        Purchase(
            account=accounts[number],
            status="open",
            stripe_session_id=f"cs_test_{number}",
            form_token=uuid4(),
            **terms,
        )
        for number in range(count)
    )
    return [
        json.loads(
            text.replace(session_id, f"cs_test_{number}")
            .replace(payment_id, f"pi_{number}")
            .replace(event_id, f"evt_{number}")
            .replace(str(model.uuid), str(purchase.uuid))
            .replace(buyer, buyer_of(purchase))
        )
        for number, purchase in enumerate(purchases)
    ]


def buyer_of(purchase) -> str:
    """The purchase's user, as a session's metadata names one."""
    return json.dumps({"user_id": str(purchase.account.user_id)})[1:-1]


def request_of(event: dict) -> bytes:
    from stripe_sandbox import signing

    body = signing.payload(event)
    head = {**signing.headers(body, SECRET), "Host": "testserver", "Content-Length": len(body)}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join(["POST /webhooks/stripe/ HTTP/1.1", *lines, "", ""]).encode() + body


@contextmanager
def gunicorn() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    address = str(folder / "socket")
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"unix:{address}"]
    command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
    with running([*command, "--log-level", "error"]) as process:
        wait_until(lambda: can_connect(address) or process.poll() is not None)
        if process.poll() is not None:
            raise RuntimeError("gunicorn did not start")
        yield address


def hammer(address: str, requests: list[bytes]) -> float:
    """Send requests over kept-alive connections; return how many a second were answered."""

    def send(share: list[bytes]) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(address)
            for request in share:
                connection.sendall(request)
                answer = read_answer(connection)
                if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 204")):
                    raise RuntimeError(answer[:200])

    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(send, [requests[client::CLIENTS] for client in range(CLIENTS)]))
    return len(requests) / (time.perf_counter() - start)


def read_answer(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    missing = (int(length[1]) if length else 0) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return answer


def check_books(purchases: int) -> int:
    """Every purchase was paid once, and the ledger adds up."""
    from django.core.management import call_command
    from django.db.models import Sum

    from billing.models import Purchase
    from credits.models import Account

    paid = Purchase.objects.filter(status="paid")
    granted = Account.objects.aggregate(total=Sum("balance"))["total"]
    if paid.count() != purchases or granted != paid.aggregate(total=Sum("credits"))["total"]:
        print(f"BOOKS: {paid.count()} of {purchases} paid, {granted} credits")
        return 1
    call_command("check_ledger")
    return 0


if __name__ == "__main__":
    sys.exit(main())
