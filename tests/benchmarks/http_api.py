"""
A spend over HTTP beside empty views that ask who it is: `python -m tests.benchmarks.http_api`.

All under one gunicorn, over kept-alive connections, in alternating rounds of one run. One empty
view finds an API key as the API does, the other a session and its user as any Django site does.
Requests a second change with the machine and its disk; processor time, of the web server and of the
database's backends together, hardly does.
"""

import itertools
import json
import os
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from development import embedded_postgres
from tests.benchmarks import cpu, results
from tests.benchmarks.hammering import gunicorn, hammer
from tests.databases import ROOMY

ROUNDS = 5
REQUESTS = 2_000  # a round
ACCOUNTS = 50


def main() -> int:
    if not os.environ.get("DATABASE_URL"):
        server = embedded_postgres.throw_away_server(durable=True, settings=ROOMY)
        os.environ["DATABASE_URL"] = server.url()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.http_api_settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    keys, session = make_callers()
    spends = make_spends(keys)
    with gunicorn() as address:
        kinds = {
            "empty, of a session": lambda: [get("/empty/session/", f"Cookie: {session}")],
            "empty, of a key": lambda: [
                get("/empty/key/", f"Authorization: Bearer {key}") for key in keys
            ],
            "spend": lambda: list(itertools.islice(spends, REQUESTS)),
        }
        turns: dict[str, list[Turn]] = {name: [] for name in kinds}
        for name in [*kinds, *list(kinds) * ROUNDS]:  # the first of each warms up
            batch = kinds[name]()
            batch = (batch * (REQUESTS // len(batch)))[:REQUESTS]
            before = used()
            rate = hammer(address, batch)
            turns[name].append(Turn(rate=rate, cpu=(used() - before) / len(batch)))
    report({name: found[1:] for name, found in turns.items()})
    return check_books()


class Turn(NamedTuple):
    rate: float  # requests a second
    cpu: float  # microseconds of a request


def used() -> float:
    """Return the microseconds that gunicorn and the database's backends have had a processor."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        pids = [pid for (pid,) in cursor.fetchall()]
    web = [
        process.pid
        for process in psutil.Process().children(recursive=True)
        if "gunicorn" in process.cmdline()
    ]
    return (
        sum(
            cpu.used_ns(int(thread.name))
            for pid in [*web, *pids]
            for thread in Path(f"/proc/{pid}/task").iterdir()
        )
        / 1000
    )


def report(turns: Mapping[str, Sequence[Turn]]) -> None:
    for name, found in turns.items():
        rate, used = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"{name:22}{rate:8.0f} requests/s{used:8.0f} µs of a processor")
    for name in ("empty, of a key", "empty, of a session"):
        pairs = list(zip(turns["spend"], turns[name], strict=True))
        rates = statistics.median(spend.rate / empty.rate for spend, empty in pairs)
        costs = statistics.median(empty.cpu / spend.cpu for spend, empty in pairs)
        print(f"spend / {name}: {rates:.2f}, by processor time {costs:.2f}")
        kind = name.rpartition(" ")[2]
        results.keep({f"http_spend_of_{kind}": rates, f"http_spend_of_{kind}_cpu": costs})


def make_callers() -> tuple[list[str], str]:
    """Make accounts with credits, a key to each, and the cookie of somebody who is signed in."""
    from django.test import Client

    from tests.api.services import make_account, make_key
    from tests.people import make_user

    keys = [make_key(account=make_account(credits=10**9))[1] for _ in range(ACCOUNTS)]
    client = Client()
    client.force_login(make_user())
    return keys, f"sessionid={client.cookies['sessionid'].value}"


def make_spends(keys: Sequence[str]) -> Iterator[bytes]:
    body = json.dumps({"credits": 1, "description": "Report", "metadata": {"report": "17"}})
    for number in itertools.count():
        head = [
            "POST /api/v1/spends HTTP/1.1",
            "Host: testserver",
            f"Authorization: Bearer {keys[number % len(keys)]}",
            f"Idempotency-Key: report:{number}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        yield "\r\n".join([*head, "", body]).encode()


def get(path: str, header: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: testserver\r\n{header}\r\n\r\n".encode()


def check_books() -> int:
    """Every spend was made once, and the ledger adds up."""
    from django.core.management import call_command

    from credits.models import CreditTransaction

    made = CreditTransaction.objects.filter(kind="SPEND").count()
    if made != (ROUNDS + 1) * REQUESTS:
        print(f"BOOKS: {made} spends")
        return 1
    call_command("check_ledger")
    return 0


if __name__ == "__main__":
    sys.exit(main())
