"""
The environment of a laptop: settings that production must not have, and a database server.

It is for a project that was given no configuration: what the environment or `.env` says goes
first. The defaults in `config/settings.py` are production's, and stay safe whatever happens here.
"""

import os
import sys

import environ

from development import embedded_postgres, runs
from development.embedded_postgres import PROJECT

DEFAULTS = {
    "DEBUG": "true",
    "SECRET_KEY": "insecure-development-key",
    "PORT": "8000",
    "EMAIL_URL": "consolemail://",
}


WAY_AROUND = (
    "Any PostgreSQL 15 or newer will do instead, with an empty database; name it in the"
    " environment or in .env:\n"
    "    DATABASE_URL=postgres://user:password@localhost:5432/credits"
)


def read_env_file() -> None:
    environ.Env.read_env(os.environ.get("ENV_FILE", PROJECT / ".env"))


def prepare() -> None:
    """
    Give this process, and those that it starts, what the environment leaves open.

    The ports that `make run` has in another terminal are found. Settings are loosened only where
    neither a database nor a secret key is named: whoever named one of them is configuring a site,
    and what is missing there should be an error.
    """
    read_env_file()
    if os.environ.get("DATABASE_URL"):
        return
    if not os.environ.get("SECRET_KEY"):
        for name, value in runs.latest().items():
            os.environ.setdefault(name, value)
        loosen()
        if not os.environ.get("STRIPE_SECRET_KEY"):
            name_sandbox()
    ensure_database()


def loosen() -> None:
    """Set what a laptop may have and production may not, and where `make run` serves the site."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{os.environ['PORT']}")


def name_sandbox() -> None:
    """Point at the Stripe that `make run` brings along, so that a second terminal finds it too."""
    port = os.environ.setdefault("SANDBOX_PORT", "12111")
    os.environ["STRIPE_SECRET_KEY"] = "sk_test_" + "sandbox0" * 3
    os.environ["STRIPE_API_BASE"] = f"http://127.0.0.1:{port}"
    os.environ["STRIPE_WEBHOOK_SECRET"] = "whsec_sandbox"  # noqa: S105 - signs for this machine
    os.environ["STRIPE_LIVE_MODE"] = "false"


def ensure_database() -> embedded_postgres.Server | None:
    """
    Start or join the project's own server, unless DATABASE_URL names another.

    :raises SystemExit: if it cannot be started, for whatever reason, with the way around it
    """
    if os.environ.get("DATABASE_URL"):
        return None
    try:
        server = embedded_postgres.project_server()
    except Exception as error:  # noqa: BLE001 - a machine may lack anything
        known = isinstance(error, embedded_postgres.EmbeddedPostgresError)
        said = f"{error}" if known else f"{type(error).__name__}: {error}"
        sys.exit(f"The project's own PostgreSQL cannot be started.\n{said}\n{WAY_AROUND}")
    os.environ["DATABASE_URL"] = server.url()
    return server
