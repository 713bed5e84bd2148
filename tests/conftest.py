"""
The database server of the suite: the one that DATABASE_URL names, or a throw-away one.

pytest's own process starts it, and pytest-xdist's workers find it in their environment.
"""

import asyncio
import os
from contextlib import nullcontext

import environ
import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone, translation

from credits import testing
from development import embedded_postgres
from tests import guest

# On a busy machine an example takes as long as it takes.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

pytest_plugins = ["stripe_sandbox.pytest_plugin", "tests.shop", "tests.stripe"]


def pytest_configure():
    if os.environ["DATABASE_URL"] == settings.NO_SERVER:
        os.environ["DATABASE_URL"] = embedded_postgres.throw_away_server().url()
        server = environ.Env().db("DATABASE_URL")
        server["OPTIONS"] = settings.DATABASES["default"]["OPTIONS"] | server["OPTIONS"]
        settings.DATABASES["default"] |= server
    if guest.is_on():
        guest.invite()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that commit empty the ledger afterwards, and all tests travel in time."""
    with django_db_blocker.unblock():
        testing.allow_any_time()
        testing.allow_truncation()
        with guest.staying() if guest.is_on() else nullcontext():
            yield


@pytest.fixture(scope="session", autouse=True)
def messages_leave_at_once():
    """Be the worker that a site has beside it: send codes and notices as soon as they wait."""
    from billing.mails import messages, signals  # noqa: PLC0415 - wants the apps
    from config import jobs  # noqa: PLC0415

    def send(**_values):
        messages.send_due()

    signals.queued.disconnect(jobs.send_messages_soon)
    signals.queued.connect(send)
    yield
    signals.queued.disconnect(send)
    signals.queued.connect(jobs.send_messages_soon)


@pytest.fixture(autouse=True)
def _speaks_as_the_site_does():
    """A page leaves its reader's language and zone to whatever runs after it in this thread."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(scope="session")
def way_to_the_database(django_db_setup):
    """How Django connects, before a test has it connect to anywhere else."""
    return connection.get_connection_params()


@pytest.fixture(autouse=True)
def _leaves_no_job(request):
    """Django empties its own tables after a test that commits; the queue's are procrastinate's."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        way = request.getfixturevalue("way_to_the_database")
        yield
        with psycopg.connect(**way, autocommit=True) as own:
            own.execute("DELETE FROM procrastinate_jobs")
    else:
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item, call):
    if guest.is_on():
        guest.skip_what_only_owners_do(call)


@pytest.fixture(scope="module")
def no_event_loop():
    """
    Hide the loop that a browser test before this one has left running in this thread.

    For a whole module: beside a running loop Django keeps connections of their own, so a test's
    transaction must not begin on those and its statements run on others.
    """
    running = asyncio._get_running_loop()  # noqa: SLF001 - the one way to look without an error
    asyncio._set_running_loop(None)  # noqa: SLF001
    connections.close_all()  # from before the browser: a test may have had the server end them
    yield
    connections.close_all()
    asyncio._set_running_loop(running)  # noqa: SLF001
