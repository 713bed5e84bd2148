"""Reduce old payloads: `manage.py prune_events`."""

from argparse import ArgumentParser
from typing import Any

from billing.privacy import retention
from credits.management.base import OperatorCommand


class Command(OperatorCommand):
    help = "Reduce payloads of Stripe's that were kept long enough to ids, states and sums."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=int, help="keep the last so many (default: BILLING_PAYLOAD_DAYS)"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        pruned = retention.prune(days=options["days"], dry_run=options["dry_run"])
        verb = "Would reduce" if options["dry_run"] else "Reduced"
        self.stdout.write(
            f"{verb} {pruned.events} events of the inbox from before"
            f" {pruned.before:%Y-%m-%d %H:%M} UTC."
        )
        for kind, count in pruned.others.items():
            self.stdout.write(f"{verb} {count} rows of the {kind}.")
