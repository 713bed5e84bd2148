"""
Stripe's own CLI finds in the sandbox what it looks for.

It runs without a log-in, a configuration or the network: its home is a scratch folder and every
address but this machine's is behind a proxy that does not exist.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stripe
from django.conf import settings

from tests import processes
from tests.stripe_sandbox.buying import KEY, make_client, make_payment, types

# Each with the events that it must have caused, in this order, among others.
TRIGGERS = {
    "checkout.session.completed": ["checkout.session.completed"],
    "checkout.session.async_payment_succeeded": [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
    ],
    "checkout.session.async_payment_failed": [
        "checkout.session.completed",
        "checkout.session.async_payment_failed",
    ],
    "checkout.session.expired": ["checkout.session.expired"],
    "charge.succeeded": ["charge.succeeded"],
    "charge.failed": ["charge.failed", "payment_intent.payment_failed"],
    "charge.refunded": ["refund.created", "charge.refunded"],
    "charge.refund.updated": ["refund.created", "charge.refund.updated"],
    "charge.dispute.created": ["charge.dispute.created"],
    "charge.dispute.updated": ["charge.dispute.created", "charge.dispute.updated"],
    "charge.dispute.closed": ["charge.dispute.created", "charge.dispute.closed"],
    "payment_intent.succeeded": ["payment_intent.succeeded"],
    "payment_intent.payment_failed": ["payment_intent.payment_failed"],
    "payment_intent.canceled": ["payment_intent.created", "payment_intent.canceled"],
    "customer.created": ["customer.created"],
    "customer.deleted": ["customer.created", "customer.deleted"],
    "product.created": ["product.created"],
    "product.updated": ["product.created", "product.updated"],
}


def find_cli() -> str | None:
    """Look where STRIPE_CLI says, then on PATH, then where `.ci/run` puts it."""
    local = Path(settings.BASE_DIR, ".local/stripe-cli/node_modules/.bin/stripe")
    named = os.environ.get("STRIPE_CLI") or shutil.which("stripe")
    return named or (str(local) if local.exists() else None)


class Cli:
    """The official CLI, pointed at a sandbox."""

    def __init__(self, command: str, base_url: str, home: Path) -> None:
        self.command = command
        self.target = ("--api-base", base_url, "--api-key", KEY)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "NO_PROXY": "127.0.0.1",
            "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
        }

    def __call__(self, *arguments: str) -> str:
        """Run it to its end; return what it prints."""
        done = subprocess.run(
            [self.command, *arguments, *self.target],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        """Run it for as long as the block lasts, from the moment it says that it is ready."""
        with processes.running(
            [self.command, *arguments, *self.target],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            assert any("Ready!" in line for line in process.stderr)
            yield


@pytest.fixture
def stripe_cli(stripe_sandbox, tmp_path):
    command = find_cli()
    if command is None:
        pytest.skip("Stripe's CLI is not installed (npm install @stripe/cli, or set STRIPE_CLI)")
    return Cli(command, stripe_sandbox.base_url, tmp_path)


class TestTrigger:
    @pytest.mark.parametrize("event", TRIGGERS)
    def test_brings_about(self, stripe_sandbox, stripe_cli, event):
        stripe_sandbox.switch(bank_seconds=0)

        stripe_cli("trigger", event)

        stripe_sandbox.wait_for(event)
        wanted = set(TRIGGERS[event])
        happened = [name for name in types(stripe_sandbox.events()) if name in wanted]
        assert list(dict.fromkeys(happened)) == TRIGGERS[event]

    def test_can_be_tied_to_a_purchase(self, stripe_sandbox, stripe_cli):
        stripe_cli(
            "trigger",
            "checkout.session.completed",
            "--override",
            "checkout_session:client_reference_id=42",
            "--add",
            "checkout_session:metadata.purchase_id=42",
        )

        session = stripe_sandbox.events("checkout.session.completed")[0]["data"]["object"]
        assert (session["client_reference_id"], session["metadata"]) == (
            "42",
            {"purchase_id": "42"},
        )

    def test_of_a_chargeback_withdraws_funds(self, stripe_sandbox, stripe_cli):
        stripe_cli(
            "trigger",
            "charge.dispute.created",
            "--override",
            "payment_intent:payment_method=pm_card_createDispute",
        )

        assert stripe_sandbox.events("charge.dispute.funds_withdrawn")


class TestListen:
    def test_forwards_every_event_with_a_signature(self, stripe_sandbox, stripe_cli, inbox):
        """The CLI takes the place of the inbox's own endpoint."""
        client = make_client(stripe_sandbox)
        endpoint = client.v1.webhook_endpoints.list().data[0]
        client.v1.webhook_endpoints.delete(endpoint.id)
        secret = stripe_cli("listen", "--print-secret", "--all-snapshot").strip()

        with stripe_cli.running("listen", "--all-snapshot", "--forward-to", inbox.url):
            make_payment(stripe_sandbox, client)
            deliveries = inbox.wait_for(7)
            event = stripe_sandbox.events()[0]["id"]
            stripe_cli("events", "resend", event)
            again = inbox.wait_for(8)[-1]

        for delivery in deliveries:
            stripe.Webhook.construct_event(delivery.body, delivery.signature, secret)
        assert sorted(inbox.types()[:7]) == sorted(types(stripe_sandbox.events()))
        assert again.event["id"] == event


class TestResend:
    def test_delivers_an_event_again(self, stripe_sandbox, stripe_cli, inbox):
        stripe_cli("trigger", "product.created")
        event = stripe_sandbox.events("product.created")[0]
        inbox.wait_for(1)

        stripe_cli("events", "resend", event["id"])

        assert [delivery.event["id"] for delivery in inbox.wait_for(2)] == [event["id"]] * 2
