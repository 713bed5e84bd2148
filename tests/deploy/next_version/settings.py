"""Settings of the next version: the same, and more migrations."""

from tests.settings import *  # noqa: F403

MIGRATION_MODULES = MIGRATION_MODULES | {  # noqa: F405
    "billing": "tests.deploy.next_version.billing_migrations",
    "credits": "tests.deploy.next_version.credits_migrations",
}
