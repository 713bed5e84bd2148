"""Say whether the ledger adds up."""

import resource
import sys
import time
from typing import Any

from django.core.management.base import CommandParser

from credits import audit
from credits.management.base import OperatorCommand
from credits.models import Account

# What the system counts memory in: bytes on macOS, kilobytes elsewhere.
UNIT = 1024 * 1024 if sys.platform == "darwin" else 1024


class Command(OperatorCommand):
    help = "Check every invariant of the ledger. One line a fault, and exit code 1 if there is any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=2000, help="accounts at a time")

    def handle(self, *args: Any, **options: Any) -> None:
        found, started = 0, time.monotonic()
        for fault in audit.faults(batch=options["batch"]):
            found += 1
            self.stdout.write(str(fault))
        if options["verbosity"] > 1:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // UNIT
            seconds = time.monotonic() - started
            accounts = Account.objects.count()
            self.stdout.write(
                f"{accounts:,} accounts, {seconds:.0f} s, at most {peak} MB of memory."
            )
        if found:
            self.stderr.write(f"The ledger does not add up: {found} faults.")
            sys.exit(1)
        self.stdout.write("The ledger adds up.")
