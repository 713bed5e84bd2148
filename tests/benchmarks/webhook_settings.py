"""Settings of the webhook's benchmark: the site, with an empty view beside it, and no log."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.webhook_urls"
LOGGING_CONFIG = None
