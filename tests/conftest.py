"""
The database server of the suite: the one that DATABASE_URL names, or a throw-away one.

pytest's own process starts it, and pytest-xdist's workers find it in their environment.
"""

import os

import environ
import hypothesis
import pytest
from django.conf import settings

from credits import testing
from development import embedded_postgres

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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that commit empty the ledger afterwards."""
    with django_db_blocker.unblock():
        testing.allow_truncation()
