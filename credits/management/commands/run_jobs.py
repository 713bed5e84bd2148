"""Run the background jobs that are due, for projects with cron: `manage.py run_jobs`."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from credits import schedule
from credits.management.base import OperatorCommand
from credits.models import JobRun


class Command(OperatorCommand):
    help = (
        "Run the background jobs that are due. Start it every minute; side by side with itself it"
        " runs each job once. Exit code 1 when a job failed; the others run all the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--list", action="store_true", help="show the jobs and when each last ran; run none"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
            return
        failed = []
        for ran in schedule.run_due():
            if ran.error:
                failed.append(f"{ran.name} ({ran.error})")
            elif options["verbosity"] > 1:  # cron mails whatever is printed
                self.stdout.write(f"{ran.name} done")
        if failed:
            raise CommandError(f"Failed, see the log: {', '.join(failed)}.")

    def _list(self) -> None:
        runs = {run.name: run for run in JobRun.objects.all()}
        for job in schedule.jobs():
            run = runs.get(job.name)
            last = f"{run.started_at:%Y-%m-%d %H:%M}" if run and run.started_at else "never"
            error = f", failed: {run.error}" if run and run.error else ""
            self.stdout.write(f"{job.name:<28} every {job.every!s:<15} last {last}{error}")
