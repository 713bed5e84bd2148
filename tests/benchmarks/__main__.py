"""
`make bench`: the ledger's verbs beside the yardstick, in one run, with fsync on.

Systems take turns round by round; a figure is the median of its ratios to the yardstick's turn just
before it. Then the same once more with commits that take a millisecond, as on a disk across a
network: there the disk is what all wait for, here it may be the processor. Afterwards the books are
checked. The same goes to `.local/bench.json`.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.benchmarks import results
from tests.databases import database_for

if TYPE_CHECKING:
    from tests.benchmarks.verbs import Operate
    from tests.benchmarks.yardstick import Yardstick

SLOW_COMMIT = 1_000  # microseconds
AIMS = {
    "spend": 0.75,
    "spend_hot": 0.95,
    "grant": 0.85,
    "read": 0.35,
    "spend_many": 2.5,
    "hold_capture": 0.35,
    "give_back": 0.25,
    "history": 1.05,
    "open_lots": 1.10,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of history to spend on top of")
    options = parser.parse_args()
    with database_for("bench", durable=True):
        sys.exit(measure(options))


def measure(options: argparse.Namespace) -> int:
    from credits import audit
    from tests.benchmarks import clients, verbs
    from tests.benchmarks.yardstick import ACCOUNTS, yardstick

    print("Making accounts ...", flush=True)
    accounts = verbs.make_accounts(ACCOUNTS)
    few = verbs.make_accounts(10)
    crowded = verbs.make_accounts(10, lots=1_000, credits=1_000)
    verbs.fill_history(few, 1_000)

    def cost(operate: Callable[[], int]) -> float:
        return 1 / clients.rate(operate, clients=1, seconds=options.seconds)

    figures: dict[str, float] = {}
    with yardstick() as stick:
        young = [
            cost(verbs.spend(accounts)) * stick.run(clients=1, seconds=options.seconds)
            for _ in range(2 * options.rounds)
        ]
        lots = [cost(verbs.spend(crowded)) / cost(verbs.spend(few)) for _ in range(options.rounds)]
        print(f"Filling {options.rows:,} rows of history ...", flush=True)
        verbs.fill_history(accounts, options.rows)
        old = [
            cost(verbs.spend(accounts)) * stick.run(clients=1, seconds=options.seconds)
            for _ in range(2 * options.rounds)
        ]
        figures["history"] = statistics.median(old) / statistics.median(young)
        figures["open_lots"] = statistics.median(lots)

        hot = accounts[:1]
        systems = {
            "spend": (verbs.spend(accounts), ACCOUNTS),
            "spend_hot": (verbs.spend(hot), 1),
            "grant": (verbs.grant(accounts), ACCOUNTS),
            "read": (verbs.read(accounts), ACCOUNTS),
            "spend_many": (verbs.spend_many(accounts), ACCOUNTS),
            "hold_capture": (verbs.hold_and_capture(accounts), ACCOUNTS),
            "spend_and_give_back": (verbs.give_back(accounts), ACCOUNTS),
        }
        report(figures | compare(systems, stick, options))
        with slow_commits() as are_slow:
            if are_slow:
                print(f"\nThe same where a commit takes {SLOW_COMMIT / 1000:g} ms:")
                del systems["read"]
                report(compare(systems, stick, options), prefix="slow_disk_")

    faults = list(audit.faults())
    for fault in faults:
        print(fault)
    print("The books add up." if not faults else "The books do not add up.")
    return bool(faults)


def compare(
    systems: Mapping[str, tuple["Operate", int]], stick: "Yardstick", options: argparse.Namespace
) -> dict[str, float]:
    """Let each system and the yardstick take turns; return each one's share of the yardstick."""
    from tests.benchmarks import clients

    ratios: dict[str, list[float]] = {name: [] for name in systems}
    print(f"{'':20}{'yardstick':>12}{'operations a second':>22}")
    for _ in range(options.rounds):
        for name, (operate, width) in systems.items():
            base = stick.run(
                clients=options.clients,
                seconds=options.seconds,
                accounts=width,
                reading=name == "read",
            )
            mine = clients.rate(operate, clients=options.clients, seconds=options.seconds)
            ratios[name].append(mine / base)
            print(f"{name:20}{base:12,.0f}{mine:22,.0f}", flush=True)
    figures = {name: statistics.median(found) for name, found in ratios.items()}
    # What giving back costs beyond the spend before it.
    both = figures.pop("spend_and_give_back")
    figures["give_back"] = 1 / (1 / both - 1 / figures["spend"])
    return figures


@contextmanager
def slow_commits() -> Iterator[bool]:
    """Make every commit wait before it is written to the disk, if this server lets us."""
    from django.db import ProgrammingError, connection

    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET commit_delay = {SLOW_COMMIT}")
            cursor.execute(f"ALTER DATABASE {name} SET commit_siblings = 0")
    except ProgrammingError as error:
        print(f"\nNot measured where a commit takes longer: {str(error).strip()}")
        yield False
        return
    yield True
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} RESET commit_delay")
        cursor.execute(f"ALTER DATABASE {name} RESET commit_siblings")


def report(figures: Mapping[str, float], prefix: str = "") -> None:
    print(f"\n{'':20}{'of the yardstick':>18}{'aim':>8}")
    for name, aim in AIMS.items():
        if name in figures:
            sign = "<=" if name in {"history", "open_lots"} else ">="
            print(f"{name:20}{figures[name]:18.2f}   {sign} {aim}")
    results.keep({f"{prefix}{name}": value for name, value in figures.items()})


if __name__ == "__main__":
    main()
