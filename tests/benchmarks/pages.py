"""
Pages of buyers and staff on a million rows: `python -m tests.benchmarks.pages`.

One person has a tenth of all operations. Each page is asked for while the tables are small, and
again when they are full; printed are the processor's milliseconds of server and Python, and how
many statements a page is, then and now.
"""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.databases import database_for

FEW = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each turn")
    options = parser.parse_args()
    with database_for("pages", durable=True):
        measure(options)


def measure(options: argparse.Namespace) -> None:
    from credits.models import Account
    from tests.benchmarks import cpu, verbs
    from tests.people import make_staff, make_user

    person = make_user()
    account = Account.objects.for_user(person)
    others = [account, *verbs.make_accounts(9)]
    verbs.give([account])
    verbs.fill_history(others, FEW)
    pages = addresses(account)
    asks = {
        name: ask(make_staff() if is_staff else person, url)
        for name, (url, is_staff) in pages.items()
    }

    few = cpu.measure(cpu.turns_of(asks), rounds=options.rounds, seconds=options.seconds)
    statements = {name: count(operate) for name, operate in asks.items()}
    print(f"Filling {options.rows:,} rows of history ...", flush=True)
    verbs.fill_history(others, options.rows, first=FEW)
    many = cpu.measure(cpu.turns_of(asks), rounds=options.rounds, seconds=options.seconds)

    print(f"{'milliseconds':24}{FEW:>12,}{options.rows:>14,}{'ratio':>8}{'statements':>16}")
    for name, operate in asks.items():
        before, now = (total(costs[name]) for costs in (few, many))
        asked = f"{statements[name]} {count(operate)}"
        print(f"{name:24}{before:12.1f}{now:14.1f}{now / before:8.2f}{asked:>16}")


def addresses(account) -> Mapping[str, tuple[str, bool]]:
    """Name the pages that grow, their addresses, and whether they are for staff."""
    from django.urls import reverse

    now = datetime.now(UTC)
    return {
        "overview": (reverse("billing:overview"), False),
        "history": (reverse("billing:history"), False),
        "usage": (reverse("billing:usage"), False),
        "statement": (reverse("billing:statement", args=[now.date()]), False),
        "admin": (reverse("admin:index"), True),
        "admin: accounts": (reverse("admin:credits_account_changelist"), True),
        "admin: account": (reverse("admin:credits_account_change", args=[account.pk]), True),
        "admin: transactions": (reverse("admin:credits_credittransaction_changelist"), True),
    }


def ask(user, url: str):
    from django.test import Client

    client = Client()
    client.force_login(user)

    def operate() -> int:
        assert client.get(url).status_code == 200, url
        return 1

    return operate


def count(operate) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        operate()
    return len(asked)


def total(cost: Any) -> float:
    milliseconds: float = (cost.server_us + cost.python_us) / 1000
    return milliseconds


if __name__ == "__main__":
    main()
