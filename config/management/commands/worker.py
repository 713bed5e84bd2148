"""Run the background jobs of this site: `manage.py worker`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from config import serving, telemetry, worker
from credits.management.base import AWAY, OperatorCommand


class Command(OperatorCommand):
    help = (
        "Run background jobs until SIGINT or SIGTERM. When the database was away it goes on where"
        " it was; when that takes too long it ends with an error and exit code 2."
    )

    # Its own are more, and say it in fewer words.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--patience",
            type=float,
            default=600,
            metavar="SECONDS",
            help="how long the database may be away (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        problems = serving.examine()
        if problems:
            raise CommandError(serving.complaint(problems).rstrip())
        telemetry.start()
        try:
            worker.run(patience=options["patience"])
        except worker.WorkerFailed as error:
            raise CommandError(str(error), returncode=AWAY) from error
