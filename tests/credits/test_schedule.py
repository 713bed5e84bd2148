"""Which job is due, and what one run does: once each, whoever else runs."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from credits import jobs, schedule
from credits.models import JobRun
from credits.schedule import Job
from tests.credits.test_races import together

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAME = "tests.credits.test_schedule.count"

ran: list[int] = []


def count():
    ran.append(1)


def fail():
    raise ZeroDivisionError


def lose_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def scheduled(monkeypatch):
    """Make these the only jobs, each due every five minutes."""

    def put(*functions):
        for job in schedule.jobs():
            monkeypatch.setattr(f"{job.run.__module__}.SCHEDULE", ())
        made = [Job(function, every=5 * MINUTE) for function in functions]
        monkeypatch.setattr(jobs, "SCHEDULE", made)

    ran.clear()
    return put


def run(at=NOON):
    return list(schedule.run_due(at=at))


class TestJob:
    def test_is_named_for_its_app_and_function(self):
        assert Job(jobs.expire, every=MINUTE).name == "credits.expire"

    @pytest.mark.parametrize(
        ("every", "offset", "due"),
        [
            (timedelta(minutes=5), timedelta(), datetime(2026, 1, 1, 12, 5, tzinfo=UTC)),
            (timedelta(hours=1), timedelta(minutes=7), datetime(2026, 1, 1, 12, 7, tzinfo=UTC)),
            (timedelta(hours=1), timedelta(minutes=8), datetime(2026, 1, 1, 11, 8, tzinfo=UTC)),
            (timedelta(days=1), timedelta(hours=3), datetime(2026, 1, 1, 3, tzinfo=UTC)),
        ],
    )
    def test_is_due_by_the_clock(self, every, offset, due):
        job = Job(count, every=every, offset=offset)

        assert job.last_due_at(NOON + timedelta(minutes=7, seconds=30)) == due


class TestJobs:
    def test_are_those_of_every_installed_app(self):
        names = {job.name for job in schedule.jobs()}

        assert {"credits.expire", "credits.give_free", "billing.reconcile"} <= names

    def test_have_a_name_each(self):
        names = [job.name for job in schedule.jobs()]

        assert len(names) == len(set(names))


@pytest.mark.django_db
class TestRunDue:
    def test_runs_a_job_once_in_its_span(self, scheduled):
        scheduled(count)

        times = [len(run(NOON + seconds * MINUTE / 60)) for seconds in (0, 60, 299, 300, 301)]

        assert times == [1, 0, 0, 1, 0]
        assert len(ran) == 2

    def test_says_what_ran_when(self, scheduled):
        scheduled(count)

        assert run() == [(NAME, "")]

        kept = JobRun.objects.get()
        assert (kept.name, kept.started_at, kept.finished_at) == (NAME, NOON, NOON)

    def test_runs_the_others_when_one_fails(self, scheduled):
        scheduled(fail, count)

        assert [one.error for one in run()] == ["ZeroDivisionError", ""]

        assert len(ran) == 1
        assert JobRun.objects.get(name__endswith="fail").error == "ZeroDivisionError"

    def test_forgets_an_error_with_the_next_run(self, scheduled):
        scheduled(count)
        run()
        JobRun.objects.update(error="ZeroDivisionError")

        run(NOON + 5 * MINUTE)

        assert JobRun.objects.get().error == ""

    def test_leaves_alone_what_is_still_running(self, scheduled):
        scheduled(count)
        JobRun.objects.create(name=NAME, started_at=NOON)

        assert run(NOON + 10 * MINUTE) == []

    def test_runs_again_what_was_killed(self, scheduled):
        scheduled(count)
        JobRun.objects.create(name=NAME, started_at=NOON)

        assert len(run(NOON + schedule.PATIENCE + MINUTE)) == 1

    @pytest.mark.django_db(transaction=True)
    def test_goes_on_when_a_job_lost_the_database(self, scheduled):
        scheduled(lose_database, count)

        assert [one.error for one in run()] == ["OperationalError", ""]
        assert JobRun.objects.filter(finished_at=NOON).count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_runs_each_job_once_side_by_side(self, scheduled):
        scheduled(count)

        done = together(lambda _n: run(), threads=4)

        assert sorted(map(len, done)) == [0, 0, 0, 1]
        assert len(ran) == 1


@pytest.mark.django_db
class TestJobRun:
    def test_finished_after_it_started(self):
        with pytest.raises(IntegrityError, match="job_run_finished_after_it_started"):
            JobRun.objects.create(name="x", started_at=NOON, finished_at=NOON - MINUTE)

    def test_failed_when_it_finished(self):
        with pytest.raises(IntegrityError, match="job_run_failed_when_it_finished"):
            JobRun.objects.create(name="x", started_at=NOON, error="ZeroDivisionError")


@pytest.mark.django_db
class TestCommand:
    def call(self, **options):
        out = StringIO()
        call_command("run_jobs", stdout=out, **options)
        return out.getvalue()

    def test_is_silent_where_all_went_well(self, scheduled):
        scheduled(count)

        assert self.call() == ""
        assert len(ran) == 1

    def test_says_what_ran_when_asked(self, scheduled):
        scheduled(count)

        assert self.call(verbosity=2) == f"{NAME} done\n"

    def test_ends_with_the_names_of_what_failed(self, scheduled):
        scheduled(fail, count)

        with pytest.raises(CommandError, match=r"test_schedule\.fail \(ZeroDivisionError\)"):
            self.call()
        assert len(ran) == 1

    def test_lists_jobs_without_running_them(self, scheduled):
        scheduled(count)
        JobRun.objects.create(name=NAME, started_at=NOON, finished_at=NOON, error="OSError")

        listed = self.call(list=True)

        assert f"{NAME} every 0:05:00" in " ".join(listed.split())
        assert "last 2026-01-01 12:00, failed: OSError" in listed
        assert ran == []
