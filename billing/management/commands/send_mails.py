"""Send what waits in the outbox; the periodic job does the same: `manage.py send_mails`."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from billing import mails
from credits.management.base import OperatorCommand


class Command(OperatorCommand):
    help = "Send the mails that are due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--failed", action="store_true", help="those that were given up, too, as if new"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["failed"]:
            self.stdout.write(f"{mails.retry_failed()} mails that were given up wait again.")
        mails.collect(at=timezone.now())
        self.stdout.write(f"Sent {mails.send_due()} mails.")
