"""
`make bench-before`: the first edition's ledger in turn with this one, in one run.

The first edition is taken out of git into a folder of its own under `.local/before` and has a
database of its own on the same server. It runs with the packages of this one. What is printed is
this edition's figure as a share of the first's, pair by pair, and their median.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from development import embedded_postgres
from tests.benchmarks import results
from tests.databases import ROOMY
from tests.processes import PROJECT, running

FIRST_EDITION = "13c7eeed74cf67d988c2acbd0fdd78803e9be5de"  # the tag `first-edition`
WORKER = Path(__file__).with_name("edition.py")
PAIRS = f"{'server µs':>22}{'Python µs':>22}{'rows':>22}{'bytes of WAL':>22}"
LEAST = 1  # microsecond, row or byte: what is less is noise
SMALLER_IS_BETTER = ("server_us", "python_us", "rows", "wal_bytes")


class Edition:
    """A process that measures one edition, turn by turn."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self.verbs: list[str] = self._answer()["verbs"]

    def turn(self, verb: str, *, clients: int, seconds: float) -> dict[str, float]:
        asked = {"verb": verb, "clients": clients, "seconds": seconds}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("An edition ended before it had answered; its error is above.")
        found: dict[str, Any] = json.loads(line)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn")
    parser.add_argument("--rows", type=int, default=100_000, help="of history to begin with")
    parser.add_argument("--commit", default=FIRST_EDITION, help="to compare with")
    options = parser.parse_args()
    os.environ.setdefault(
        "DATABASE_URL",
        embedded_postgres.throw_away_server(durable=True, settings=ROOMY).url(),
    )
    with (
        edition(checked_out(options.commit), "bench_before", options.rows) as before,
        edition(PROJECT, "bench_now", options.rows) as now,
    ):
        compare(before, now, options)


def checked_out(commit: str) -> Path:
    """Take a commit's files out of git, unless they are there."""
    folder = PROJECT / ".local" / "before" / commit
    if not folder.exists():
        done = subprocess.run(
            ["git", "archive", commit], cwd=PROJECT, capture_output=True, check=False
        )
        if done.returncode:
            raise SystemExit(
                f"{commit} is not in this clone; fetch it with its history "
                "(git fetch --unshallow --tags)."
            )
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
    return folder


@contextmanager
def edition(folder: Path, database: str, rows: int) -> Iterator[Edition]:
    command = [sys.executable, str(WORKER), database, str(rows)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with running(command, cwd=folder, **pipes) as process:
        yield Edition(process)


def compare(before: Edition, now: Edition, options: argparse.Namespace) -> None:
    found: dict[str, dict[str, list[float]]] = {}
    for clients in (1, options.clients):
        titles = PAIRS if clients == 1 else "operations a second".rjust(22)
        print(f"\n{'first edition, this':22}{titles}")
        for _ in range(options.rounds):
            for verb in now.verbs:
                pair = [
                    one.turn(verb, clients=clients, seconds=options.seconds)
                    for one in (before, now)
                ]
                show(verb, clients, *pair)
                for name, value in pair[1].items():
                    if pair[0][name] >= LEAST:
                        ratio = value / pair[0][name]
                        found.setdefault(verb, {}).setdefault(name, []).append(ratio)
    medians = {
        verb: {name: statistics.median(ratios) for name, ratios in figures.items()}
        for verb, figures in found.items()
    }
    names = [*SMALLER_IS_BETTER, "rate"]
    print("\nThis edition / the first, medians. Less is better, but for operations a second.")
    columns = ("server", "Python", "rows", "WAL", f"ops/s, {options.clients}")
    print(f"{'':20}" + "".join(f"{column:>12}" for column in columns))
    for verb, figures in medians.items():
        shown = (f"{figures[name]:12.2f}" if name in figures else f"{'-':>12}" for name in names)
        print(f"{verb:20}" + "".join(shown))
    results.keep({"before": medians})


def show(verb: str, clients: int, before: dict[str, float], now: dict[str, float]) -> None:
    figures = "".join(f"{before[name]:12.1f}{now[name]:10.1f}" for name in now)
    print(f"{verb:20}{clients:2}{figures}", flush=True)


if __name__ == "__main__":
    main()
