import pytest
from django.db import connection

from tests.api.outgoing.receiver import receiving


@pytest.fixture
def private_allowed(settings):
    """Receivers of tests are on this machine."""
    settings.API_WEBHOOK_PRIVATE_ADDRESSES = True


@pytest.fixture
def receiver(private_allowed):
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def other(private_allowed):
    """Another service."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def _nothing_is_left_in_the_queue(request, django_db_blocker):
    """Tests that commit queue the job that sends; nobody else empties that table."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'api.send_webhooks'")
        connection.close()
