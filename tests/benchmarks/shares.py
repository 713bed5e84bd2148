"""Throughput: how many of the yardstick's operations a second each verb reaches, turn by turn."""

import statistics
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import ProgrammingError, connection

from tests.benchmarks import clients, results
from tests.benchmarks.verbs import Operate
from tests.benchmarks.yardstick import Yardstick

SLOW_COMMIT = 1_000  # microseconds
# What is hoped for with commits of a millisecond; on this disk the processor may be what all
# wait for, and `make bench-before` compares there.
AIMS = {
    "spend": 0.9,
    "spend_hot": 0.95,
    "grant": 0.85,
    "read": 0.35,
    "spend_many": 2.5,
    "hold_capture": 0.35,
    "give_back": 0.25,
}


def compare(
    systems: Mapping[str, tuple[Operate, int]], stick: Yardstick, options: Namespace
) -> dict[str, float]:
    """
    Let each system and the yardstick take turns; return each one's share of the yardstick.

    :param systems: what is done, and on how many accounts
    """
    ratios: dict[str, list[float]] = {name: [] for name in systems}
    print(f"\n{'':20}{'yardstick':>12}{'operations a second':>22}")
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
            print(f"{name:20}{figures[name]:18.2f}   >= {aim}")
    results.keep({f"{prefix}{name}": value for name, value in figures.items()})
