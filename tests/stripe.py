"""
Judges all that the suite says to the sandbox, and all that it answers.

Each worker writes it down; pytest's own process compares it with Stripe in the end.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.contract import openapi, traffic

Object = dict[str, Any]

# Where each worker writes down what passed through its sandbox.
TRAFFIC = pytest.StashKey[Path]()
VERDICT = pytest.StashKey[traffic.Verdict]()


def pytest_stripe_sandbox_call(config: pytest.Config, call: Object) -> None:
    _write_down(config, {"call": call})


def pytest_stripe_sandbox_event(config: pytest.Config, event: Object) -> None:
    _write_down(config, {"event": event})


def pytest_configure(config: pytest.Config) -> None:
    worker: Object = getattr(config, "workerinput", {})
    folder = worker.get("stripe_traffic") or tempfile.mkdtemp(prefix="stripe-traffic-")
    config.stash[TRAFFIC] = Path(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["stripe_traffic"] = str(node.config.stash[TRAFFIC])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judge the whole suite's traffic, and fail the run for any fault in it."""
    if hasattr(session.config, "workerinput"):
        return
    folder = session.config.stash[TRAFFIC]
    spec = os.environ.get("STRIPE_SPEC")
    verdict = traffic.judge(traffic.read(folder), openapi.load(spec) if spec else None)
    session.config.stash[VERDICT] = verdict
    shutil.rmtree(folder)
    if verdict.faults and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    verdict = config.stash.get(VERDICT, None)
    if verdict is None or not verdict.calls:
        return
    judges = "stripe-python's classes"
    if spec := os.environ.get("STRIPE_SPEC"):
        judges += f" and Stripe's OpenAPI document {openapi.load(spec).version}"
    else:
        judges += " (not Stripe's OpenAPI document: STRIPE_SPEC is not set)"
    terminalreporter.section("Stripe contract")
    terminalreporter.line(f"{verdict.calls} calls, {verdict.events} events, judged by {judges}")
    terminalreporter.line(f"{verdict.judged} unlike one another, in {verdict.seconds:.1f} s")
    for fault, where in verdict.faults.items():
        terminalreporter.line(f"FAULT in {where}: {fault}", red=True)


def _write_down(config: pytest.Config, record: Object) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (config.stash[TRAFFIC] / f"{worker}.jsonl").open("a") as file:
        file.write(json.dumps(record) + "\n")
