"""A neighbour that is slow, full or away stalls nobody but whoever needs it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.config.deployment import deploy, run, serving, working
from tests.databases import scratch_database
from tests.processes import wait_until
from tests.smtp import mail_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("neighbours")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return deploy(tmp_path_factory.mktemp("deployed"))


@pytest.fixture(scope="module")
def database(site):
    """A database of the site's own, migrated; gives its DATABASE_URL."""
    with scratch_database() as url:
        migrated = run(site, "manage.py", "migrate", "-v0", DATABASE_URL=url)
        assert migrated.returncode == 0, migrated.stderr
        yield url


class TestMailServerThatHangs:
    def test_keeps_nobody_from_signing_up_and_sends_their_codes_when_it_is_well(
        self, site, database, tmp_path
    ):
        people = [f"person{number}@example.com" for number in range(12)]
        with mail_server() as server:
            names = {"DATABASE_URL": database, "EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}
            server.pause = 600
            with (
                serving(site, tmp_path, "--threads=2", "--worker-class=gthread", **names) as web,
                working(site, tmp_path, EMAIL_TIMEOUT="1", **names) as worker_log,
                ThreadPoolExecutor(len(people)) as crowd,
            ):
                begun = time.monotonic()
                answers = [crowd.submit(web.sign_up, email) for email in people]
                wait_until(web.is_alive)
                statuses = {answer.result() for answer in answers}
                took = time.monotonic() - begun
                wait_until(
                    lambda: "message_put_off" in worker_log.read_text(),
                    or_show=worker_log.read_text,
                )
                assert server.received == []
                server.pause = 0
                server.gone.set()  # those that it hangs on are let go
                wait_until(
                    lambda: all(email in "".join(server.received) for email in people),
                    seconds=240,
                    or_show=worker_log.read_text,
                )

        assert statuses == {302}
        assert took < 60, "twelve requests waited for a mail server"
