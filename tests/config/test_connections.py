"""What the doctor says of PostgreSQL's connections."""

import psycopg
import pytest
from django.db import connection

from billing.doctor import Level
from config import connections

pytestmark = pytest.mark.django_db


def found():
    [finding] = connections.examine()
    return finding


@pytest.fixture
def connected():
    """Connect as so many web processes, or others, do."""
    opened = []

    def connect(*names):
        params = connection.get_connection_params()
        for name in names:
            kept = {key: params[key] for key in ("host", "port", "user", "dbname") if key in params}
            opened.append(psycopg.connect(**kept, application_name=name))

    yield connect
    for one in opened:
        one.close()


class TestDoctor:
    def test_is_content_where_there_are_enough(self):
        assert found().level is Level.WELL

    def test_counts_what_the_processes_that_it_sees_may_take(self, connected, settings):
        settings.DATABASE_POOL = 4
        connected("web host 1", "web host 1", "web host 2", "worker host 3")

        finding = found()

        may_take = 2 * 4 + connections.OF_A_WORKER + connections.SPARE
        assert "4 a web process (2 seen), 10 a worker (1 seen)" in finding.message
        assert f"at most {may_take} may be" in finding.message

    def test_takes_each_process_for_as_large_as_the_largest(self, connected):
        connected(*["web host 1"] * 3, "web host 2")

        assert "3 a web process (2 seen)" in found().message

    def test_finds_more_than_there_are(self, connected, settings):
        settings.DATABASE_POOL = 100_000
        connected("web host 1")

        finding = found()

        assert finding.level is Level.WRONG
        assert "max_connections" in finding.fix
