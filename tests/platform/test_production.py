"""The site starts from what a production image has: none of the tests, nothing for laptops."""

import os
import shutil
import subprocess
import sys
from functools import partial

import pytest

from tests.processes import PROJECT

LEFT_OUT = ("development", "stripe_sandbox", "tests", "docs", ".*", "__pycache__")
CONFIGURATION = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "a-secret-key-that-is-as-long-and-as-varied-as-production-wants-1234567890",
    "SITE_URL": "https://credits.example",
    "DATABASE_URL": "postgres:///none",
    "EMAIL_URL": "smtp://localhost",
    "STRIPE_SECRET_KEY": "sk_live_" + "0" * 24,
    "STRIPE_LIVE_MODE": "true",
    "STRIPE_WEBHOOK_SECRET": "whsec_production",
}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A copy of the project without the folders that production does not have."""
    folder = tmp_path_factory.mktemp("image") / "site"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    collected = run(folder, "manage.py", "collectstatic", "--no-input", "-v0")
    assert collected.returncode == 0, collected.stderr
    return folder


def run(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]} | CONFIGURATION | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def python(image):
    return partial(run, image)


class TestProduction:
    def test_passes_its_checks(self, python):
        answer = python("manage.py", "check", "--deploy", "--fail-level", "WARNING")

        assert answer.returncode == 0, answer.stderr

    def test_serves(self, python):
        code = (
            "from config.wsgi import application\n"
            "from django.test import Client\n"
            "print(Client(SERVER_NAME='credits.example').get('/healthz').status_code)"
        )

        answer = python("-c", code, DJANGO_SETTINGS_MODULE="config.settings")

        assert answer.stdout.strip() == "200", answer.stderr

    def test_counts_where_all_its_processes_count(self, python):
        code = "from django.core.cache import caches; print(type(caches['default']))"

        answer = python("-c", code, DJANGO_SETTINGS_MODULE="config.settings")

        assert "config.cache.PostgresCache" in answer.stdout, answer.stderr

    def test_has_no_commands_of_a_laptop(self, python):
        answer = python("manage.py", "help", "--commands")

        assert answer.returncode == 0, answer.stderr
        assert not {"play", "seed_demo"} & set(answer.stdout.split())
