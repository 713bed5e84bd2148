"""Settings of the API's benchmark: the site as it runs, empty views beside it, and no log."""

from tests.benchmarks.webhook_settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.http_api_urls"
API_REQUESTS_PER_MINUTE = 10**9  # counted, as on any site
