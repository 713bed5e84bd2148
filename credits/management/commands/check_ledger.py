"""Say whether the ledger adds up."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from credits import audit


class Command(BaseCommand):
    help = "Check every invariant of the ledger. One line a fault, and exit code 1 if there is any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=2000, help="accounts at a time")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for fault in audit.faults(batch=options["batch"]):
            found += 1
            self.stdout.write(str(fault))
        if found:
            self.stderr.write(f"The ledger does not add up: {found} faults.")
            sys.exit(1)
        self.stdout.write("The ledger adds up.")
