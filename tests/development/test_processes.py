"""What each process of `make run` says when what it needs is away."""

import os
import subprocess
import sys

import pytest

from development import parent_lock
from tests.processes import PROJECT, running

NOWHERE = "postgres://nobody@/none?host=/nonexistent"


@pytest.fixture
def ended(tmp_path):
    """Run a process of `make run` to its end; give its exit code and what it said last."""

    def run(name, **environment):
        lock = tmp_path / "lock"
        parent_lock.hold(lock)
        values = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": os.devnull,
            "DEBUG": "true",
            "SECRET_KEY": "made-up",
            "EMAIL_URL": "consolemail://",
            "SITE_URL": "http://127.0.0.1:8000",
            "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
            "STRIPE_WEBHOOK_SECRET": "whsec_x",
            "PARENT_LOCK": str(lock),
            "PYTHONWARNINGS": "ignore",
        }
        with running(
            [sys.executable, "-m", "development.processes", name],
            cwd=PROJECT,
            env=os.environ | values | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            _, said = process.communicate(timeout=120)
        return process.returncode, said

    return run


class TestWeb:
    def test_names_a_database_that_does_not_answer(self, ended):
        code, said = ended("web", DATABASE_URL=NOWHERE)

        assert code == 1
        assert said.startswith("The database does not answer: ")
        assert len(said.splitlines()) == 1
