"""
What a laptop needs that production must not have: its settings, and its database server.

Everything here is for a project that was given no configuration; what the environment or `.env`
says goes first. Production's defaults, in `settings.py`, stay safe whatever happens here.
"""

import os
import sys

import environ

from . import embedded_postgres
from .embedded_postgres import PROJECT

DEFAULTS = {
    "DEBUG": "true",
    "SECRET_KEY": "insecure-development-key",
    "SITE_URL": "http://127.0.0.1:8000",
    "EMAIL_URL": "consolemail://",
}


def prepare() -> None:
    """
    Give this process, and those that it starts, what the environment leaves open.

    Settings are loosened only where neither a database nor a secret key is named: whoever named
    one of them is configuring a site, and what is missing there should be an error.
    """
    environ.Env.read_env(os.environ.get("ENV_FILE", PROJECT / ".env"))
    if os.environ.get("DATABASE_URL"):
        return
    if not os.environ.get("SECRET_KEY"):
        for name, value in DEFAULTS.items():
            os.environ.setdefault(name, value)
    try:
        server = embedded_postgres.project_server()
    except embedded_postgres.EmbeddedPostgresError as error:
        sys.exit(f"{error}")
    os.environ["DATABASE_URL"] = server.url()
