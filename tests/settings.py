"""Settings of the test suite: production's defaults, made fast and self-contained."""

import os

os.environ.setdefault("SECRET_KEY", "tests")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("STRIPE_SECRET_KEY", "sk_test_" + "0" * 24)
os.environ.setdefault("STRIPE_WEBHOOK_SECRET", "whsec_tests")
os.environ.setdefault("DATABASE_URL", "postgres://postgres@/credits?host=/tmp")

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
