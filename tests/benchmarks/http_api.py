"""
A spend over HTTP beside empty views that ask who it is: `python -m tests.benchmarks.http_api`.

All under one gunicorn, over kept-alive connections, in alternating rounds of one run. One empty
view finds an API key as the API does, the other a session and its user as any Django site does.
"""

import itertools
import json
import os
import statistics
import sys
from collections.abc import Iterator, Sequence

from development import embedded_postgres
from tests.benchmarks import results
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
        rates: dict[str, list[float]] = {name: [] for name in kinds}
        for name in [*kinds, *list(kinds) * ROUNDS]:  # the first of each warms up
            batch = kinds[name]()
            batch = (batch * (REQUESTS // len(batch)))[:REQUESTS]
            rates[name].append(hammer(address, batch))
    report(rates)
    return check_books()


def report(rates: dict[str, list[float]]) -> None:
    for name, found in rates.items():
        print(f"{name:20}{statistics.median(found[1:]):8.0f} requests/s")
    for name in ("empty, of a key", "empty, of a session"):
        ratios = [a / b for a, b in zip(rates["spend"][1:], rates[name][1:], strict=True)]
        print(f"spend / {name}: {statistics.median(ratios):.2f}")
        results.keep({f"http_spend_of_{name.rpartition(' ')[2]}": statistics.median(ratios)})


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
