"""Jobs whose worker was killed, and the mirror's job while Stripe is down."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from billing import jobs
from billing.models import StripeEvent

pytestmark = pytest.mark.django_db


def make_job(status, *, name="billing.mirror_events", lock="mirror_events"):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status)"
            " VALUES ('default', %s, %s, %s, %s) RETURNING id",
            [name, lock, lock, status],
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


@pytest.mark.django_db(transaction=True)  # the thread has a connection of its own
class TestStalledJob:
    @pytest.fixture(autouse=True)
    def _leaves_no_job(self):
        """Django empties its own tables only."""
        yield
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")

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


class TestMirrorEvents:
    def test_ends_without_an_error_while_stripe_is_down(self, shop):
        shop.sell()
        shop.stripe.switch(api_down=True)

        jobs.mirror_events(0)

        assert StripeEvent.objects.filter(mirrored_at=None).exists()
