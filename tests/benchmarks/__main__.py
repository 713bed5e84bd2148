"""
`make bench`: the ledger's verbs beside the yardstick, in one run, with fsync on.

First the processor's time of the server and of Python, rows and bytes of WAL, one client. Then
shares of throughput: systems take turns round by round, and a figure is the median of its ratios
to the yardstick's turn just before it; once on this disk, and once with commits that take a
millisecond, as on a disk across a network: there the disk is what all wait for, here it may be the
processor. Afterwards the books are checked. The same goes to `.local/bench.json`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.benchmarks import results
from tests.databases import database_for

if TYPE_CHECKING:
    from credits.models import Account
    from tests.benchmarks.cpu import Cost, Turn
    from tests.benchmarks.yardstick import Yardstick

# Of the yardstick's server: what a spend may cost the server, and Python.
SPEND_BAR, SPEND_AIM = (2.1, 0.8), (1.5, 0.6)
FLAT = {"history": 1.05, "open_lots": 1.10}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of history to spend on top of")
    parser.add_argument("--cpu", action="store_true", help="only what an operation costs")
    options = parser.parse_args()
    with database_for("bench", durable=True):
        sys.exit(measure(options))


def measure(options: argparse.Namespace) -> int:
    from credits import audit
    from tests.benchmarks import shares, verbs
    from tests.benchmarks.yardstick import ACCOUNTS, yardstick

    print("Making accounts ...", flush=True)
    accounts = verbs.make_accounts(ACCOUNTS)
    with yardstick() as stick:
        flat = flatness(accounts, stick, options)
        costs = spent(accounts, stick, options)
        report(costs, flat)
        if not options.cpu:
            systems = {
                "spend": (verbs.spend(accounts), ACCOUNTS),
                "spend_hot": (verbs.spend(accounts[:1]), 1),
                "grant": (verbs.grant(accounts), ACCOUNTS),
                "read": (verbs.read(accounts), ACCOUNTS),
                "spend_many": (verbs.spend_many(accounts), ACCOUNTS),
                "hold_capture": (verbs.hold_and_capture(accounts), ACCOUNTS),
                "spend_and_give_back": (verbs.give_back(accounts), ACCOUNTS),
            }
            shares.report(shares.compare(systems, stick, options))
            with shares.slow_commits() as are_slow:
                if are_slow:
                    print(f"\nThe same where a commit takes {shares.SLOW_COMMIT / 1000:g} ms:")
                    del systems["read"]
                    shares.report(shares.compare(systems, stick, options), prefix="slow_disk_")

    faults = list(audit.faults())
    for fault in faults:
        print(fault)
    print("The books add up." if not faults else "The books do not add up.")
    return bool(faults)


def flatness(
    accounts: Sequence["Account"], stick: "Yardstick", options: argparse.Namespace
) -> dict[str, float]:
    """
    Return how a spend's cost grows with history and with open lots.

    In the processor's time of server and Python together, so that what else the machine does is
    not in it; history also as a ratio to the yardstick before and after.
    """
    from tests.benchmarks import cpu, verbs

    few = verbs.make_accounts(10)
    crowded = verbs.make_accounts(10, lots=1_000, credits=1_000)
    verbs.fill_history(few, 1_000)

    def turns(**systems: "Turn") -> dict[str, float]:
        found = cpu.measure(systems, rounds=2 * options.rounds, seconds=options.seconds / 2)
        return {name: cost.server_us + cost.python_us for name, cost in found.items()}

    lots = turns(**cpu.turns_of({"few": verbs.spend(few), "crowded": verbs.spend(crowded)}))
    spend = cpu.turns_of({"spend": verbs.spend(accounts)})
    young = turns(**spend, stick=stick.cost)
    print(f"Filling {options.rows:,} rows of history ...", flush=True)
    verbs.fill_history(accounts, options.rows)
    old = turns(**spend, stick=stick.cost)
    return {
        "history": (old["spend"] / old["stick"]) / (young["spend"] / young["stick"]),
        "open_lots": lots["crowded"] / lots["few"],
    }


def spent(
    accounts: Sequence["Account"], stick: "Yardstick", options: argparse.Namespace
) -> dict[str, "Cost"]:
    """Return what an operation of each verb costs; giving back without the spend before it."""
    from tests.benchmarks import cpu, verbs

    costs = cpu.measure(
        {"yardstick": stick.cost} | cpu.turns_of(verbs.one_client(accounts)),
        rounds=options.rounds,
        seconds=options.seconds,
    )
    costs["give_back"] = cpu.less(costs.pop("spend_and_give_back"), costs["spend"])
    return costs


def report(costs: dict[str, "Cost"], flat: dict[str, float]) -> None:
    base = costs["yardstick"].server_us
    print(
        f"\n{'one client':16}{'server':>10}{'ratio':>8}"
        f"{'Python':>10}{'ratio':>8}{'rows':>8}{'WAL':>9}"
    )
    for name, cost in costs.items():
        print(
            f"{name:16}{cost.server_us:7.0f} µs{cost.server_us / base:8.2f}"
            f"{cost.python_us:7.0f} µs{cost.python_us / base:8.2f}"
            f"{cost.rows:8.2f}{cost.wal_bytes:9.0f}"
        )
    print("Ratios are to the yardstick's server.", end=" ")
    print("For a spend <= {} and <= {}; aim {} and {}.".format(*SPEND_BAR, *SPEND_AIM))
    for name, most in FLAT.items():
        print(f"{name:16}{flat[name]:12.2f}   <= {most}")
    results.keep({"cpu": {name: asdict(cost) for name, cost in costs.items()}} | flat)


if __name__ == "__main__":
    main()
