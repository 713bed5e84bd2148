"""
The database server of the suite: the one that DATABASE_URL names, or a throw-away one.

pytest's own process starts it, and pytest-xdist's workers find it in their environment.
"""

import os

import environ
from django.conf import settings

from config import embedded_postgres

pytest_plugins = ["tests.stripe"]


def pytest_configure():
    if os.environ["DATABASE_URL"] == settings.NO_SERVER:
        os.environ["DATABASE_URL"] = embedded_postgres.throw_away_server().url()
        settings.DATABASES["default"] |= environ.Env().db("DATABASE_URL")
