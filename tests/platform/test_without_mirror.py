"""The site without dj-stripe: nothing of it needs the mirror."""

import pytest

from tests.databases import manage, scratch_database

SETTINGS = "tests.platform.without_mirror"
IMPORT_ALL = """
import importlib, pkgutil
import api, billing, config
for package in (api, billing, config):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith("billing.mirror"):
            importlib.import_module(module.name)
print("imported")
"""
ERASE = """
from django.contrib.auth.models import User
User.objects.create_user("ada", "ada@example.com", "password")
from django.core.management import call_command
call_command("erase_user", "ada@example.com", no_input=True)
call_command("prune_events")
from billing.doctor import local
print([finding.message for finding in local.examine()])
from config import metrics
print(metrics.exposition().decode())
"""


@pytest.fixture(scope="module")
def database():
    with scratch_database() as database:
        answer = manage("migrate", database=database, settings=SETTINGS)
        assert answer.returncode == 0, answer.stderr
        assert "djstripe" not in answer.stdout
        yield database


class TestSite:
    def test_passes_its_checks(self, database):
        answer = manage("check", database=database, settings=SETTINGS)

        assert answer.returncode == 0, answer.stderr

    def test_imports_no_module_that_wants_it(self, database):
        answer = manage("shell", "-v0", "-c", IMPORT_ALL, database=database, settings=SETTINGS)

        assert answer.stdout.split() == ["imported"], answer.stderr

    def test_erases_prunes_examines_and_measures(self, database):
        answer = manage("shell", "-v0", "-c", ERASE, database=database, settings=SETTINGS)

        assert "No text or JSON column of the database" in answer.stdout, answer.stderr
        assert "No event has ever come in" in answer.stdout
        assert "credits_jobs" in answer.stdout
        assert "mirror" not in answer.stdout
