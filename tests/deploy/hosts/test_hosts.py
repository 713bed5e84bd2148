"""
The site on eight hosts, by the files of `deploy/`, while its parts fail under load.

Nothing that was acknowledged is missing afterwards, nothing happened twice, and the books agree
with Stripe. What each fault cost is printed: `pytest tests/deploy/hosts -s`.
"""

import json
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.deploy.hosts.network import lacking, network
from tests.deploy.hosts.postgres import PROGRAMS, Postgres, start_pair
from tests.deploy.hosts.site import STRIPE, Site
from tests.processes import PROJECT, wait_until

PATIENCE = 300.0  # seconds for what takes a few
CALM = 5  # requests of each kind that succeed in a row: service is back
KINDS = ("spend", "buy")


def missing():
    if not (PROGRAMS / "initdb").exists():
        return "Debian's postgresql-15 is not here"
    for program in ("pgbouncer", "nginx", "openssl", "setpriv"):
        if not shutil.which(program):
            return f"{program} is not here"
    return lacking()


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hosts")]


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="hosts-"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def hosts():
    if lack := missing():
        pytest.skip(lack)
    with network() as made:
        yield made


@pytest.fixture
def stack():
    with ExitStack() as made:
        yield made


class Journal:
    """What the load writes down, and what a fault cost by it."""

    def __init__(self, file):
        self.file = file

    def lines(self):
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines() if line[-1] == "}"]

    def attempts(self, *, since):
        return [line for line in self.lines() if "ok" in line and line["at"] >= since]

    def is_calm(self, *, since):
        """Say whether the newest requests of each kind, all begun since then, succeeded."""
        for kind in KINDS:
            of_kind = [line for line in self.attempts(since=since) if line["what"] == kind]
            newest = [line for line in of_kind if line["began"] >= since][-CALM:]
            if len(newest) < CALM or not all(line["ok"] for line in newest):
                return False
        return True

    def cost(self, *, since):
        """Count what failed since then, and the seconds until the last of it was over."""
        attempts = self.attempts(since=since)
        failed = [line["at"] for line in attempts if not line["ok"]]
        seconds = max(failed) - since if failed else 0.0
        return len(failed), len(attempts), seconds


@pytest.fixture
def site(hosts, folder, stack):
    """The whole site at work: a proxy, two web hosts, a pool, a worker, two databases, Stripe."""
    databases = Postgres(hosts, folder, "db1"), Postgres(hosts, folder, "db2")
    made = Site(hosts, folder, databases)
    start_pair(*databases, stack)
    made.python("worker", "manage.py", "migrate", "-v0")
    for part in (made.stripe(), made.web("web1"), made.web("web2"), made.worker(), made.proxy()):
        stack.enter_context(part)
    return made


class Storm:
    """People at work, and what each fault costs them."""

    def __init__(self, site, journal):
        self.site, self.journal = site, journal
        self.costs = {}

    @contextmanager
    def fault(self, name):
        """Do something bad in the block; then wait until the site serves again."""
        since = time.time()
        yield
        wait_until(
            lambda: self.journal.is_calm(since=since),
            seconds=PATIENCE,
            or_show=lambda: f"{name}: no service\n{self.site.end_of_logs()}",
        )
        self.costs[name] = self.journal.cost(since=since)

    def __str__(self):
        return "\n".join(
            f"{name}: {lost} of {of} requests failed, service after {seconds:.1f} s"
            for name, (lost, of, seconds) in self.costs.items()
        )


def test_nothing_is_lost_or_doubled_while_parts_fail(hosts, folder, site, stack):
    first, second = site.databases
    pools = stack.enter_context(ExitStack())
    pool = pools.enter_context(site.pool(first))
    scene = json.loads(site.python("worker", "-m", "tests.deploy.hosts.scene", "set"))
    scene |= {"site": site.address, "stripe": STRIPE, "certificate": str(site.certificate)}
    (folder / "scene.json").write_text(json.dumps(scene))
    storm = Storm(site, Journal(folder / "journal.jsonl"))
    load = [sys.executable, "-m", "tests.deploy.hosts.load", folder / "scene.json"]

    with site.started("client", *load, storm.journal.file, cwd=PROJECT) as people:
        with storm.fault("nothing, to compare with"):
            pass
        with storm.fault("a web host unplugged"):
            hosts.plug("web1", into="down")
        with storm.fault("the web host back"):
            hosts.plug("web1", into="up")
        with storm.fault("PgBouncer restarted"):
            pools.close()
            pool = pools.enter_context(site.pool(first))
        with storm.fault("the primary killed, the standby promoted"):
            first.kill()
            second.promote()
            site.point_pool_at(second, pool)
        people.send_signal(signal.SIGTERM)
        people.wait(PATIENCE)

    print(f"\n{storm}")  # noqa: T201 - `pytest -s` shows it
    faults = site.python("worker", "-m", "tests.deploy.hosts.scene", "judge", storm.journal.file)
    assert faults.strip() == "", site.end_of_logs()
    kinds = {line["what"] for line in storm.journal.lines()}
    assert {"spent", "paid"} <= kinds
    assert storm.costs["the primary killed, the standby promoted"][0] > 0
