"""Settings of a site that uses dj-stripe's own migrations, as most do."""

from tests.settings import *  # noqa: F403

MIGRATION_MODULES = {}
