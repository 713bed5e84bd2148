"""Hold what Stripe has against what this site knows, both ways."""

import re
import sys
import time
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from billing import conf, reconciliation, stripe_gateway
from billing.management.base import StripeCommand
from credits.management.base import AWAY

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Command(StripeCommand):
    help = (
        "Compares Stripe's events, sessions, refunds and disputes with ours, both ways, and prints"
        " one line for each difference. Exit code 1: something remains; 2: Stripe or the database"
        " did not answer, and this is not all of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            type=moment,
            default=f"{conf.reconcile_days()}d",
            help="90m, 36h, 4d, or a date or time such as 2026-11-24 or 2026-11-24T08:00+00:00;"
            " what is older is looked at only where it still waits (default: %(default)s)",
        )
        parser.add_argument(
            "--repair", action="store_true", help="bring our side in line with Stripe's"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing; so it is without --repair"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = reconciliation.Run(since=options["since"])
        began, found, remaining = time.monotonic(), 0, 0
        repair = options["repair"] and not options["dry_run"]
        try:
            for finding in reconciliation.reconcile(run, repair=repair):
                self.stdout.write(str(finding))
                found += 1
                remaining += not finding.is_repaired
        except stripe_gateway.GatewayError as error:
            raise CommandError(
                f"Stripe stopped answering, so this is not all of it: {error}", returncode=AWAY
            ) from error
        compared = ", ".join(f"{count} {name}" for name, count in run.compared.items())
        summary = (
            f"Since {run.since:%Y-%m-%d %H:%M}: {compared or 'nothing'} in"
            f" {time.monotonic() - began:.1f} s; {found} found, {found - remaining} repaired."
        )
        self.stdout.write(summary)
        if remaining:
            sys.exit(1)


def moment(text: str) -> datetime:
    """Read how long ago, or when: a time without an offset is in the site's time zone."""
    ago = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if ago:
        return timezone.now() - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        at = parse_datetime(text)
        date = parse_date(text)
    except ValueError:
        at = date = None
    if at is None and date is not None:
        at = datetime(date.year, date.month, date.day)  # noqa: DTZ001 (made aware below)
    if at is None:
        raise ArgumentTypeError(f"{text!r} is neither a time nor as in 90m, 36h, 4d")
    return at if timezone.is_aware(at) else timezone.make_aware(at)
