"""
`make soak N=1000000`: random operations against PostgreSQL and the model, for as long as wanted.

Prints its seed; `SEED=…` replays it. The database is made for the run and dropped after it.
"""

# ruff: noqa: PLC0415, T201 (Django is set up first; a program speaks)

import argparse
import random
import sys
import time

from tests.databases import database_for

CHUNK = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    with database_for("soak"):
        from credits import testing

        testing.allow_any_time()
        soak(options.operations, seed)


def soak(operations: int, seed: int) -> None:
    from credits import audit
    from tests.credits.world import World, run

    print(f"SEED={seed}")
    started, done = time.monotonic(), 0
    while done < operations:
        size = min(CHUNK, operations - done)
        run(World(accounts=5), random.Random(seed + done), size)
        done += size
        rate = done / (time.monotonic() - started)
        print(f"{done:,} operations agree, {rate:,.0f} a second", flush=True)
    faults = list(audit.faults())
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
