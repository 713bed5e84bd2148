"""
`make bench`: the ledger's verbs beside the yardstick, in one run, with fsync on.

Systems take turns round by round; a figure is the median of its ratios to the yardstick's turn just
before it. Afterwards the books are checked. The same goes to `.local/bench.json`.
"""

import argparse
import statistics
import sys
from collections.abc import Callable

from tests.benchmarks import results
from tests.databases import database_for

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
            for _ in range(options.rounds)
        ]
        lots = [cost(verbs.spend(crowded)) / cost(verbs.spend(few)) for _ in range(options.rounds)]
        print(f"Filling {options.rows:,} rows of history ...", flush=True)
        verbs.fill_history(accounts, options.rows)
        old = [
            cost(verbs.spend(accounts)) * stick.run(clients=1, seconds=options.seconds)
            for _ in range(options.rounds)
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
    figures |= {name: statistics.median(found) for name, found in ratios.items()}
    # What giving back costs beyond the spend before it.
    both = figures.pop("spend_and_give_back")
    figures["give_back"] = 1 / (1 / both - 1 / figures["spend"])

    faults = list(audit.faults())
    report(figures)
    for fault in faults:
        print(fault)
    print("The books add up." if not faults else "The books do not add up.")
    return bool(faults)


def report(figures: dict[str, float]) -> None:
    print(f"\n{'':20}{'of the yardstick':>18}{'aim':>8}")
    for name, aim in AIMS.items():
        sign = "<=" if name in {"history", "open_lots"} else ">="
        print(f"{name:20}{figures[name]:18.2f}   {sign} {aim}")
    results.keep(figures)


if __name__ == "__main__":
    main()
