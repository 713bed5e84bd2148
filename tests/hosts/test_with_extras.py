"""
A project with allauth, dj-stripe and procrastinate beside billing, word for word as the page says.

dj-stripe's admin warns on Django 5.2 of what goes in 6.0, so warnings are no errors here.
"""

import pytest

from tests.hosts.document import section
from tests.hosts.project import FILES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hosts")]

EXTRAS = [
    "Log-in with django-allauth",
    "A copy of Stripe in dj-stripe's tables",
    "Jobs with procrastinate",
]
# Nobody listens there: what asks Stripe fails at once.
STRIPE = {
    "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    "STRIPE_WEBHOOK_SECRET": "whsec_extras",
    "STRIPE_API_BASE": "http://127.0.0.1:9",
}


@pytest.fixture(scope="module")
def project(make_environment, make_project):
    environment = make_environment()
    environment.run("pip", "install", "--quiet", "django>=5.2,<5.3", "psycopg[binary]")
    project = make_project(environment, "stock_user")
    project.variables |= STRIPE
    for heading in ["With billing", *EXTRAS]:
        project.follow(section(heading))
    project.add(FILES / "checks")
    return project


class TestExtras:
    def test_bring_what_they_are_named_for(self, project):
        assert {"django-allauth", "dj-stripe", "procrastinate"} <= project.environment.installed()

    def test_pass_django_s_checks(self, project):
        assert "System check identified no issues" in project.run("python", "manage.py", "check")

    def test_leave_no_migration_to_be_made(self, project):
        project.run("python", "manage.py", "makemigrations", "--check", "--dry-run")

    def test_do_what_the_page_says(self, project):
        project.run("python", "extras_checks.py")
