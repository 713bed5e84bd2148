"""Sweep what has expired; the periodic job does the same."""

from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Count, Sum
from django.utils import timezone

from credits import holds, ledger
from credits.management.base import OperatorCommand
from credits.models import Hold, Lot


class Command(OperatorCommand):
    help = "Write off what is left of expired lots, and let expired holds go."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what is due")
        parser.add_argument("--batch", type=int, default=500, help="accounts to a transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            due = Lot.objects.open().order_by().filter(expires_at__lte=now)
            lots = due.aggregate(lots=Count("id"), credits=Sum("remaining", default=0))
            due_holds = Hold.objects.active().filter(expires_at__lte=now).count()
            self.stdout.write(
                f"Due: {lots['credits']} credits in {lots['lots']} lots, {due_holds} holds."
            )
            return
        expired = ledger.expire(at=now, batch=options["batch"])
        let_go = holds.expire_holds(at=now, batch=options["batch"])
        self.stdout.write(f"Expired {expired} credits; let {let_go} holds go.")
