"""Settings of the webhook's benchmark: the site as it runs, an empty view beside it, and no log."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.webhook_urls"
LOGGING_CONFIG = None
# What the tests set otherwise: connections are kept, and static files are looked up once.
DATABASES["default"]["CONN_MAX_AGE"] = 60  # noqa: F405
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = False
