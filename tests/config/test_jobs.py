"""The apps' jobs in procrastinate, and those whose worker was killed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from procrastinate.contrib.django import app

from api.outgoing.signals import waiting
from config import jobs, request_ids
from credits import schedule
from credits.schedule import Job

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def make_job(status, *, name="billing.reconcile"):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status)"
            " VALUES ('default', %s, %s, %s, %s) RETURNING id",
            [name, name, name, status],
        )
        return cursor.fetchone()[0]


def queued():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs ORDER BY id")
        return cursor.fetchall()


def free_stalled_jobs():
    """As a worker does: in a thread of its own, where no browser's event loop runs."""

    def call():
        try:
            return async_to_sync(jobs.free_stalled_jobs.func)()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


@pytest.mark.django_db(transaction=True)
class TestSendingSoon:
    def test_queues_the_job_once_however_much_waits(self):
        for _ in range(3):
            assert [error for _receiver, error in waiting.send_robust(None)] == [None]

        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs")
            assert cursor.fetchall() == [("api.send_webhooks", "todo")]

    def test_queues_the_job_for_codes_when_they_are_committed(self):
        with transaction.atomic():
            jobs.send_messages_soon()
            assert queued() == []

        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs")
            assert cursor.fetchall() == [("billing.send_messages", "todo")]

    def test_tells_the_job_which_request_asked_for_it(self):
        with request_ids.during("request-1"):
            waiting.send_robust(None)

        with connection.cursor() as cursor:
            cursor.execute("SELECT args ->> 'request_id' FROM procrastinate_jobs")
            assert cursor.fetchall() == [("request-1",)]


class TestNumber:
    @pytest.fixture
    def run(self):
        """Run a job that is made for this, and give the number that its lines would have."""
        seen = []

        def see():
            seen.append(request_ids.current())

        job = Job(see, every=MINUTE)
        jobs.register(job)
        context = SimpleNamespace(job=SimpleNamespace(id=17))

        def call(**arguments):
            app.tasks[job.name].func(context, timestamp=0, **arguments)
            return seen[-1]

        yield call
        del app.tasks[job.name]
        app.periodic_registry.periodic_tasks.pop((job.name, ""))

    def test_is_that_of_the_request_that_asked(self, run):
        assert run(request_id="request-1") == "request-1"

    def test_is_its_own_where_nobody_asked(self, run):
        assert run() == "job-17"
        assert request_ids.current() == ""


class TestCron:
    @pytest.mark.parametrize(
        ("every", "offset", "line"),
        [
            (20 * SECOND, 0 * SECOND, "* * * * * */20"),
            (MINUTE, 0 * SECOND, "*/1 * * * *"),
            (5 * MINUTE, 0 * SECOND, "*/5 * * * *"),
            (HOUR, 17 * MINUTE, "17 * * * *"),
            (DAY, 3 * HOUR + 43 * MINUTE, "43 3 * * *"),
        ],
    )
    def test_says_the_schedule(self, every, offset, line):
        assert jobs.cron(Job(queued, every=every, offset=offset)) == line

    @pytest.mark.parametrize(
        ("every", "offset"),
        [(7 * MINUTE, 0 * SECOND), (90 * SECOND, 0 * SECOND), (5 * MINUTE, MINUTE), (2 * DAY, DAY)],
    )
    def test_refuses_what_it_cannot_say(self, every, offset):
        with pytest.raises(ValueError, match="cannot be said"):
            jobs.cron(Job(queued, every=every, offset=offset))


class TestRegistered:
    def test_are_all_jobs_of_the_apps(self):
        periodic = {
            task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()
        }

        assert {job.name: jobs.cron(job) for job in schedule.jobs()}.items() <= periodic.items()

    def test_are_queued_once_and_run_one_at_a_time_in_their_lane(self):
        task = app.tasks["credits.expire"]

        assert (task.lock, task.queueing_lock) == ("upkeep", "credits.expire")

    def test_of_another_lane_wait_for_nobody(self):
        lanes = {app.tasks[job.name].lock for job in schedule.jobs()}

        assert len(lanes) < jobs.CONCURRENCY
        assert app.tasks["billing.send_messages"].lock != app.tasks["billing.send_mails"].lock

    def test_have_a_lane_under_a_name_that_there_is(self):
        assert jobs.LANES.keys() <= {job.name for job in schedule.jobs()}


@pytest.mark.django_db(transaction=True)  # the thread has a connection of its own
class TestStalledJob:
    def test_is_queued_again(self):
        dead = make_job("doing")

        assert free_stalled_jobs() == 1
        assert queued() == [(dead, "todo")]

    def test_makes_way_for_one_that_is_queued_already(self):
        make_job("doing")
        waiting = make_job("todo")

        free_stalled_jobs()

        assert queued() == [(waiting, "todo")]

    def test_is_none_where_all_wait_or_are_done(self):
        make_job("todo")

        assert free_stalled_jobs() == 0
