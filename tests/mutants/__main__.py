"""
`make mutants`: plant faults in ledger, billing, API and site, one at a time; the tests must notice.

Each is planted in a copy of the project, where the tests named beside it run. One that survives
is a hole in the tests, and the exit code is 1.
"""

import argparse
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import Empty, SimpleQueue
from threading import Event

from development import embedded_postgres
from tests.api.faults import FAULTS as OF_THE_API
from tests.api.outgoing.faults import FAULTS as OF_WEBHOOKS
from tests.billing.faults import FAULTS as OF_BILLING
from tests.config.faults import FAULTS as OF_THE_SITE
from tests.credits.charging_faults import FAULTS as OF_CHARGING
from tests.credits.faults import FAULTS as OF_CREDITS
from tests.mutants.fault import Fault
from tests.mutants.workshop import PASSED, Stopped, Verdict, Workshop, workshop
from tests.processes import kept_by_keeper

FAULTS = (*OF_CREDITS, *OF_CHARGING, *OF_BILLING, *OF_THE_API, *OF_WEBHOOKS, *OF_THE_SITE)
# Show that a workshop works, before anything is planted in it.
SOUND = "credits/test_grant.py billing/settlement/test_entitlement.py"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", default=[""], help="faults whose file or name has one of these in it"
    )
    parser.add_argument("--workers", type=int, default=1, help="how many at a time")
    options = parser.parse_args()
    chosen = [
        fault
        for fault in FAULTS
        if any(text in f"{fault.file}: {fault.name}" for text in options.only)
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    verdicts = judge_all(chosen, workers=max(1, min(options.workers, len(chosen))))
    noticed = verdicts.count(Verdict.NOTICED)
    sys.stdout.write(f"{noticed} of {len(chosen)} noticed\n")
    sys.exit(noticed < len(chosen) or not chosen)


def judge_all(faults: list[Fault], *, workers: int) -> list[Verdict]:
    """Judge faults, as many at a time as there are workers, and report each when it is known."""
    server_url = os.environ.get("DATABASE_URL") or embedded_postgres.throw_away_server().url()
    kept_by_keeper()
    waiting: SimpleQueue[Fault] = SimpleQueue()
    for fault in faults:
        waiting.put(fault)
    verdicts: list[Verdict] = []
    stopping = Event()
    with ThreadPoolExecutor(workers) as pool:
        try:
            jobs = [
                pool.submit(work, number, waiting, verdicts, server_url, stopping)
                for number in range(workers)
            ]
            for job in as_completed(jobs):
                job.result()
        finally:
            stopping.set()
    return verdicts


def work(
    number: int,
    waiting: "SimpleQueue[Fault]",
    verdicts: list[Verdict],
    server_url: str,
    stopping: Event,
) -> None:
    try:
        with workshop(number, server_url=server_url, stopping=stopping) as place:
            if place.run(SOUND) != PASSED:
                raise SystemExit(f"Without any fault, {SOUND} fails:\n{place.output[-3000:]}")
            while True:
                judge(waiting.get_nowait(), place, verdicts)
    except (Empty, Stopped):
        pass


def judge(fault: Fault, place: Workshop, verdicts: list[Verdict]) -> None:
    verdict = place.judge(fault)
    verdicts.append(verdict)
    explanation = f"\n{place.output[-3000:]}" if verdict == Verdict.BROKEN else ""
    sys.stdout.write(f"{verdict:8}  {fault.file}: {fault.name}{explanation}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
