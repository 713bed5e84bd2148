"""A project that adds the ledger and nothing else, word for word as `docs/install.md` says."""

from functools import cache

import pytest

from tests.hosts.document import section
from tests.hosts.project import FILES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hosts")]

ASKED_FOR = {"django-stripe-credits", "django", "psycopg"}
# What those two ask for themselves.
THEIRS = {"asgiref", "sqlparse", "typing-extensions", "tzdata"}


@pytest.fixture(scope="module")
def environment(make_environment):
    return make_environment()


@pytest.fixture(scope="module")
def brought_in(environment):
    """What comes with the wheel into an empty environment."""
    install, *_ = section("The ledger alone")
    environment.run("sh", "-e", "-c", install.text)
    return environment.installed()


@pytest.fixture(scope="module")
def project_with(environment, brought_in, make_project):
    """Give the project with one user model or the other, made once, in whatever order tests run."""
    environment.run("pip", "install", "--quiet", "psycopg[binary]")

    @cache
    def project_with(user):
        project = make_project(environment, user)
        project.follow(section("The ledger alone"))
        return project

    return project_with


@pytest.fixture(params=["custom_user", "stock_user"])
def project(request, project_with):
    return project_with(request.param)


class TestLedgerAlone:
    def test_brings_in_nothing_but_django_and_psycopg(self, brought_in):
        assert ASKED_FOR <= brought_in <= ASKED_FOR | THEIRS

    def test_passes_django_s_checks_without_a_warning(self, project):
        assert "no issues (0 silenced)" in project.manage("check", "--fail-level", "WARNING")

    def test_leaves_no_migration_to_be_made(self, project):
        project.manage("makemigrations", "--check", "--dry-run")

    def test_does_all_that_it_says(self, project):
        project.add(FILES / "checks")
        project.python("ledger_checks.py")
