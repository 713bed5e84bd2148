"""What the doctor says of background jobs, with procrastinate and without."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from billing.doctor import Level
from billing.doctor.jobs import examine, of_cron
from credits import schedule
from credits.models import JobRun

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def make_runs(**changes):
    JobRun.objects.bulk_create(
        JobRun(**{"name": job.name, "started_at": NOW, "finished_at": NOW, **changes})
        for job in schedule.jobs()
    )


def levels(findings):
    return [found.level for found in findings]


class TestOfProcrastinate:
    def test_misses_a_worker(self):
        [found] = examine(NOW)

        assert found.level is Level.WRONG
        assert "No background worker is running" in found.message

    def test_is_well_with_one(self):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")

        assert levels(examine(NOW)) == [Level.WELL]


class TestOfCron:
    def test_asks_for_it_where_it_never_ran(self):
        [found] = of_cron(NOW)

        assert found.level is Level.WATCH
        assert "`manage.py run_jobs` has never run" in found.message

    def test_is_well_where_all_ran_when_due(self):
        make_runs()

        assert levels(of_cron(NOW)) == [Level.WELL]

    def test_names_what_did_not_run(self):
        make_runs()
        JobRun.objects.filter(name="credits.expire").update(
            started_at=NOW - timedelta(minutes=16), finished_at=NOW
        )

        [found] = of_cron(NOW)

        assert found.level is Level.WRONG
        assert found.message == "1 jobs did not run when they were due: credits.expire."

    def test_names_what_failed(self):
        make_runs()
        JobRun.objects.filter(name="billing.reconcile").update(error="KeyError")

        assert [found.message for found in of_cron(NOW) if found.level is Level.WATCH] == [
            "1 jobs failed when they last ran: billing.reconcile (KeyError)."
        ]
