"""Take a person out of the site: `manage.py erase_user <e-mail address or key>`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from billing import stripe_gateway, users
from billing.management.base import StripeCommand
from billing.privacy import erasure
from credits.management.base import AWAY


class Command(StripeCommand):
    help = "Erase a person for good: rows, payloads, log-in and sessions. The books stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", help="an e-mail address, or the user's primary key")
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would go, and change nothing"
        )
        parser.add_argument(
            "--at-stripe", action="store_true", help="delete their customer at Stripe as well"
        )
        parser.add_argument(
            "--word", action="append", default=[], help="strike this out too (a former name)"
        )
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = users.find(options["who"])
        except users.SeveralUsers as error:
            raise CommandError(f"{error} Name one by key.") from error
        terms = {*options["word"], *([options["who"]] if "@" in options["who"] else [])}
        if user is None and not terms:
            raise CommandError(f"There is no user {options['who']}.")
        if user is None:
            self.stdout.write("Nobody has this address; looking for it alone.")
        elif not options["dry_run"] and not options["no_input"]:
            self._confirm(f"user {user.pk}")
        if user and options["at_stripe"] and not options["dry_run"]:
            self._delete_at_stripe(user)
        erased = erasure.erase(user=user, terms=terms, dry_run=options["dry_run"])
        verb = "Would change" if options["dry_run"] else "Changed"
        for kind, count in erased.rows.items():
            self.stdout.write(f"{verb} {count:>5}  {kind}")
        if erased.left:
            raise CommandError(
                "Still there, in rows that nobody may change: "
                + ", ".join(map(str, erased.left))
                + ". The rest is done."
            )
        self.stdout.write("No text or JSON column of the database has it any more.")

    def _confirm(self, whom: str) -> None:
        if input(f"Erase {whom} for good? Type 'erase': ").strip() != "erase":
            raise CommandError("Nothing was changed.")

    def _delete_at_stripe(self, user: Any) -> None:
        try:
            count = erasure.delete_at_stripe(user)
        except stripe_gateway.GatewayError as error:
            raise CommandError(
                f"Stripe did not delete the customer ({error}). Nothing was changed; try again.",
                returncode=AWAY,
            ) from error
        self.stdout.write(f"Deleted {count} customers at Stripe.")
