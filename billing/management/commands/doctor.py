"""Look whether everything is in order, and say how to fix what is not: `manage.py doctor`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from billing import doctor
from billing.doctor import local
from billing.management.base import StripeCommand

MARKS = {doctor.Level.WELL: "ok   ", doctor.Level.WATCH: "watch", doctor.Level.WRONG: "WRONG"}


class Command(StripeCommand):
    help = "Compare Stripe with what this site needs; exit code 1 when something is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--fix", action="store_true", help="make or update the webhook endpoint at Stripe"
        )
        parser.add_argument(
            "--events", action="store_true", help="show when each type of event last came in"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fix"]:
            self._fix()
        if options["events"]:
            self._show_events()
        findings = doctor.examine()
        for finding in findings:
            self.stdout.write(f"{MARKS[finding.level]}  {finding.message}")
            if finding.fix:
                self.stdout.write(f"       → {finding.fix}")
        wrong = sum(finding.level is doctor.Level.WRONG for finding in findings)
        if wrong:
            raise CommandError(f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong.")

    def _fix(self) -> None:
        fixed = doctor.fix_endpoint()
        self.stdout.write(fixed.message)
        if fixed.secret:
            self.stdout.write(
                f"\n    {fixed.secret}\n\n"
                "This is its signing secret, and it is shown this once. Add it to"
                " STRIPE_WEBHOOK_SECRET (several are good at once, parted by commas), start the"
                " web processes again, and take an older one out a day later.\n"
            )

    def _show_events(self) -> None:
        now = timezone.now()
        for type_, at in local.last_seen().items():
            self.stdout.write(f"{type_:<45} {local.ago(at, now) if at else 'never'}")
        self.stdout.write("")
