"""
What one operation costs: the processor's time of the server and of Python, rows and bytes of WAL.

One client, one connection. A share of throughput changes with the machine; a ratio of processor
time hardly does, and it is what a site pays. Imports nothing of this project but Django's
connection, so that another edition can be measured with it.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Protocol

from django.db import connection

Operate = Callable[[], int]
LINUX = Path("/proc/self/schedstat").exists()
WARM_UP = 200  # calls: connect, prepare, fill the caches
WRITTEN = """
SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn,
       tup_inserted + tup_updated + tup_deleted
FROM pg_stat_database WHERE datname = current_database()
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one operation, on average."""

    server_us: float
    python_us: float
    rows: float
    wal_bytes: float


class Turn(Protocol):
    def __call__(self, *, seconds: float) -> Cost: ...


def measure(systems: Mapping[str, Turn], *, rounds: int, seconds: float) -> dict[str, Cost]:
    """Let the systems take turns; return the median of each one's turns."""
    found: dict[str, list[Cost]] = {name: [] for name in systems}
    for _ in range(rounds):
        for name, turn in systems.items():
            found[name].append(turn(seconds=seconds))
    return {name: median(costs) for name, costs in found.items()}


def turns_of(operations: Mapping[str, Operate]) -> dict[str, Turn]:
    return {name: partial(cost, operate) for name, operate in operations.items()}


def cost(operate: Operate, *, seconds: float) -> Cost:
    """
    Operate for so many seconds; return what one operation cost.

    :param operate: returns how many operations it was
    :raises SystemExit: if this machine does not tell what a process has used
    """
    for _ in range(WARM_UP):
        operate()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
        before = written(cursor)
        done, until = 0, time.monotonic() + seconds
        server, python = used_ns(backend), time.process_time_ns()
        while time.monotonic() < until:
            done += operate()
        server, python = used_ns(backend) - server, time.process_time_ns() - python
        wal_bytes, rows = difference(written(cursor), before)
    return Cost(
        server_us=server / done / 1000,
        python_us=python / done / 1000,
        rows=rows / done,
        wal_bytes=wal_bytes / done,
    )


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        **{
            field.name: statistics.median(getattr(cost, field.name) for cost in costs)
            for field in fields(Cost)
        }
    )


def less(both: Cost, first: Cost) -> Cost:
    """Return what is left of two operations' cost without the first."""
    taken = asdict(first)
    return Cost(**{name: value - taken[name] for name, value in asdict(both).items()})


def used_ns(pid: int) -> int:
    """Return how long a process has been on a processor, in nanoseconds; 0 once it is gone."""
    if not LINUX:
        raise SystemExit("Processor time is read from Linux's /proc.")
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def written(cursor) -> tuple[int, int]:
    """Return the bytes of WAL and the rows that were written so far in this database."""
    cursor.execute("SELECT pg_stat_force_next_flush()")
    cursor.execute("SELECT 1")  # at its end, what is counted so far is told
    cursor.execute(WRITTEN)
    wal_bytes, rows = cursor.fetchone()
    return int(wal_bytes), rows


def difference(after: tuple[int, int], before: tuple[int, int]) -> tuple[int, int]:
    return after[0] - before[0], after[1] - before[1]
