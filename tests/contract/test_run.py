"""A run of the suite fails when a fault passed through its sandbox, on one worker or several."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

SUITE = """
import json
import stripe
from tests.stripe import TRAFFIC

def test_talks_to_stripe(stripe_sandbox):
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": stripe_sandbox.base_url})
    client.v1.products.create({"name": "x"})

def test_plants_a_fault(stripe_sandbox, pytestconfig):
    event = {"object": "event", "type": "x", "data": {"object": {}}}
    with (pytestconfig.stash[TRAFFIC] / "planted.jsonl").open("a") as record:
        record.write(json.dumps({"event": event}) + "\\n")
"""


@pytest.fixture
def run(tmp_path):
    """Run tests of a small suite of its own; give the exit code and the output."""

    def run(*arguments):
        (tmp_path / "test_suite.py").write_text(SUITE)
        (tmp_path / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = tests.settings\n")
        command = [sys.executable, "-m", "pytest", "-c", "pytest.ini"]
        plugins = ["-p", "stripe_sandbox.pytest_plugin", "-p", "tests.stripe"]
        done = subprocess.run(
            [*command, *plugins, "--import-mode=importlib", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(settings.BASE_DIR), "STRIPE_SPEC": ""},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    return run


class TestRun:
    def test_fails_for_a_fault_on_any_worker_though_every_test_passed(self, run):
        code, output = run("-n", "2")

        assert code == pytest.ExitCode.TESTS_FAILED
        assert "2 passed" in output
        assert "FAULT in x: event.created is missing" in output

    def test_passes_without_one_and_says_who_judged(self, run):
        code, output = run("-k", "talks")

        assert code == pytest.ExitCode.OK
        assert "1 calls, 1 events, judged by stripe-python's classes" in output
        assert "STRIPE_SPEC is not set" in output
