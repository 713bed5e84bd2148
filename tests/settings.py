"""Settings of the test suite: production's defaults, made fast and self-contained."""

import os

os.environ |= {
    "ENV_FILE": os.devnull,  # a developer's own settings and keys stay out of the tests
    "DEBUG": "false",
    "LOG_REQUESTS": "false",  # the tests of it switch it on
    "SECRET_KEY": "tests",
    "SITE_URL": "http://testserver",
    "CACHE_URL": "locmemcache://",  # of each test's own; the site's is tested by itself
    "BILLING_TOP_UPS": "false",  # tests of it switch it on
    "STAFF_SECOND_FACTOR": "false",  # tests of it switch these two on
    "STAFF_CONFIRM_MINUTES": "0",
    "EMAIL_URL": "memorymail://",
    "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    "STRIPE_WEBHOOK_SECRET": "whsec_tests",
}
# `conftest.py` puts a server's address in its place; tools that only read settings need none.
NO_SERVER = "postgres:///none"
os.environ.setdefault("DATABASE_URL", NO_SERVER)

from config.settings import *  # noqa: E402, F403

# Served over http on this machine, signed with a key that everybody knows, by processes that
# inherit what the browser's tests need (`tests/browser.py`).
SILENCED_SYSTEM_CHECKS += ["billing.E004", "config.E001", "async.E001"]  # noqa: F405
INSTALLED_APPS += ["development"]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files straight from where they are written; no `collectstatic` before a test.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# A live server's threads let go of the database with each request, so that it can be dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
