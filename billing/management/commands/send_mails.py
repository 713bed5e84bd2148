"""Send what waits in the outbox; the periodic job does the same: `manage.py send_mails`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from billing import mails
from billing.mails import messages
from billing.models import OutgoingMail
from credits.management.base import AWAY, OperatorCommand


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
        due = OutgoingMail.objects.waiting().filter(due_at__lte=timezone.now())
        tried = list(due.values_list("pk", flat=True))
        sent = messages.send_due() + mails.send_due()
        self.stdout.write(f"Sent {sent} mails.")
        unsent = (
            OutgoingMail.objects.filter(pk__in=tried)
            .filter(status__in=[OutgoingMail.Status.WAITING, OutgoingMail.Status.FAILED])
            .exclude(last_error="")
        )
        if unsent:
            raise CommandError(
                f"{len(unsent)} mails could not be sent: {unsent[0].last_error}. Each is tried"
                " again by itself, for a day.",
                returncode=AWAY,
            )
