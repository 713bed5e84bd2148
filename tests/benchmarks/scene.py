"""A database of our own and a Stripe of our own, for a measurement; both are gone afterwards."""

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from development import embedded_postgres
from tests.databases import scratch_database


@dataclass(frozen=True, kw_only=True)
class Scene:
    stripe: Any
    database: str
    folder: str


@contextmanager
def scene():
    """Set up Django on a new database; use models and verbs only inside."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "CRITICAL"}
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = embedded_postgres.throw_away_server().url()
    with scratch_database() as database, tempfile.TemporaryDirectory(prefix="scene") as folder:
        os.environ["DATABASE_URL"] = database
        import django
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        settings.BILLING_CHECKOUTS_PER_HOUR = 10**9
        with stripe_at(f"{folder}/stripe.sqlite3") as stripe:
            yield Scene(stripe=stripe, database=database, folder=folder)
        connections.close_all()


@contextmanager
def stripe_at(state):
    """Run the sandbox on a file of its own, and point this process to it."""
    from django.conf import settings

    from stripe_sandbox import testing

    with testing.running(state=state) as stripe:
        settings.STRIPE_API_BASE = stripe.base_url
        settings.STRIPE_WEBHOOK_SECRET = stripe.secret
        yield stripe
