"""Codes leave as soon as somebody asks for one, and not when the clock says so."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.config.deployment import deploy, run, serving, working
from tests.databases import scratch_database
from tests.processes import wait_until
from tests.smtp import mail_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("codes")]

# A worker without any periodic job: what is not queued at once is never sent.
WITHOUT_A_CLOCK = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
from config import serving
assert serving.examine() == []
from procrastinate.contrib.django import app
from config import worker
app.periodic_registry.periodic_tasks.clear()
worker.run(patience=60)
"""


@pytest.fixture
def site(tmp_path):
    return deploy(tmp_path)


def test_leave_without_waiting_for_a_clock(site, tmp_path):
    with scratch_database() as url, mail_server() as mails:
        names = {"DATABASE_URL": url, "EMAIL_URL": f"smtp://127.0.0.1:{mails.port}"}
        migrated = run(site, "manage.py", "migrate", "-v0", **names)
        assert migrated.returncode == 0, migrated.stderr

        def have_all(people):
            return all(any(person in mail for mail in mails.received) for person in people)

        with (
            working(site, tmp_path, program=("-c", WITHOUT_A_CLOCK), **names) as log,
            serving(site, tmp_path, "--threads=4", "--worker-class=gthread", **names) as web,
        ):
            seconds = []
            for number in range(6):
                person = f"one-{number}@example.com"
                assert web.sign_up(person) == 302
                asked_at = time.monotonic()
                wait_until(lambda who=person: have_all([who]), or_show=log.read_text)
                seconds.append(time.monotonic() - asked_at)
            # Their jobs share a lane: each waits for the one before it.
            crowd = [f"crowd-{number}@example.com" for number in range(8)]
            with ThreadPoolExecutor(4) as pool:
                assert set(pool.map(web.sign_up, crowd)) == {302}
            asked_at = time.monotonic()
            wait_until(lambda: have_all(crowd), or_show=log.read_text)
            last = time.monotonic() - asked_at

    # The first has found a worker that was still starting.
    said = ", ".join(f"{took:.2f}" for took in seconds[1:])
    print(f"\nCodes were sent {said} s after the answer; the last of eight {last:.2f} s.")  # noqa: T201 - `pytest -s`
