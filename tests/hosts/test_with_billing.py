"""
A project that sells credits, word for word as `docs/install.md` says.

It has no allauth, no dj-stripe and no procrastinate. Only the ports of its servers are other ones.
"""

import re
import resource
from contextlib import ExitStack
from functools import cache

import pytest

from tests.databases import scratch_database
from tests.hosts.document import section
from tests.hosts.project import FILES
from tests.hosts.serving import free_port, serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hosts")]

# Seconds of the processor, Django's start and its own tables among them. With dj-stripe's history
# it would be a minute.
MIGRATES_WITHIN = 10.0
NOT_HERE = {"django-allauth", "dj-stripe", "procrastinate", "structlog"}
SANDBOX, SITE = "12111", "8000"


@pytest.fixture(scope="module")
def environment(make_environment):
    environment = make_environment()
    environment.run("pip", "install", "--quiet", "django", "psycopg[binary]", "celery")
    return environment


CHAPTERS = {
    "custom_user": ["With billing", "Your layout", "Your queue", "Over HTTP", "Your tests"],
    "stock_user": [
        "With billing",
        "Your layout",
        "Your staff",
        "Your queue",
        "Over HTTP",
        "Your tests",
    ],
}


@pytest.fixture(scope="module")
def project_with(environment, make_project):
    """Give the project with one user model or the other, made once, in whatever order tests run."""

    @cache
    def project_with(user):
        project = make_project(environment, user)
        for heading in CHAPTERS[user]:
            project.follow(section(heading))
        return project

    return project_with


@pytest.fixture(scope="module")
def serve():
    """Start the sandbox and a project's site once, as the page does, and tell the project where."""
    with ExitStack() as servers:

        @cache
        def serve(project):
            install, sandbox, site = (block.text for block in section("Try it without Stripe"))
            project.run("sh", "-e", "-c", install)
            ports = {SANDBOX: str(free_port()), SITE: str(free_port())}

            def on_free_ports(text):
                return re.sub("|".join(ports), lambda found: ports[found[0]], text)

            project.variables |= dict(re.findall(r"(STRIPE_\w+)=(\S+)", on_free_ports(site)))
            for text, port in ((sandbox, SANDBOX), (site, SITE)):
                server = serving(project, on_free_ports(text), port=int(ports[port]))
                servers.enter_context(server)

        yield serve


@pytest.fixture(params=CHAPTERS)
def project(request, project_with):
    return project_with(request.param)


@pytest.fixture
def running(project, serve):
    serve(project)
    return project


class TestBilling:
    def test_brings_in_nothing_that_the_page_does_not_name(self, project):
        assert not NOT_HERE & project.environment.installed()

    def test_passes_django_s_checks_without_a_warning(self, running):
        assert "no issues (0 silenced)" in running.manage("check", "--fail-level", "WARNING")

    def test_leaves_no_migration_to_be_made(self, project):
        project.manage("makemigrations", "--check", "--dry-run")

    def test_makes_its_tables_in_a_few_seconds(self, project):
        with scratch_database() as database:
            spent = cpu_of(lambda: project.manage("migrate", database=database))

        assert spent < MIGRATES_WITHIN

    def test_sells_refunds_and_forgets(self, running):
        running.add(FILES / "checks")
        running.python("billing_checks.py")

    def test_answers_over_http(self, project):
        project.add(FILES / "checks")
        project.python("api_checks.py")

    def test_can_be_tested_by_its_host(self, project):
        assert "3 passed" in project.run("pytest", "-q", "tests")


def cpu_of(call):
    """How many seconds of the processor the programs took that a call ran to their end."""

    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    call()
    return spent() - before
