import pytest
import time_machine
from django.core.cache import cache
from django.db import connection


@pytest.fixture(autouse=True)
def _nobody_has_asked():
    """Requests are counted in the cache."""
    cache.clear()


@pytest.fixture
def time_machine_now():
    """Set the clock, as often as a test needs."""
    travels = []

    def set_to(moment):
        travel = time_machine.travel(moment, tick=False)
        travel.start()
        travels.append(travel)

    yield set_to
    for travel in reversed(travels):
        travel.stop()


@pytest.fixture(autouse=True)
def _nothing_is_left_in_the_queue(request, django_db_blocker):
    """Tests that commit queue the job that sends; nobody else empties that table."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'api.send_webhooks'")
        connection.close()
