"""A service in another process, with nothing but the OpenAPI document, a key and a secret."""

import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from api import jobs
from credits.models import Account
from tests.api.outgoing.factories import make_endpoint
from tests.api.services import make_key
from tests.hosts.serving import free_port
from tests.people import make_user
from tests.processes import PROJECT, running, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def lines():
    """What the service has said."""
    return []


def reads(process, lines, *words):
    """Read what the service says until it says this."""
    for line in process.stdout:
        lines.append(line.split())
        if lines[-1] == list(map(str, words)):
            return
    raise AssertionError(f"it never said {words}: {lines}")


class TestAnotherService:
    def test_holds_captures_gives_back_and_is_told(self, live_server, shop, settings, lines):
        settings.API_WEBHOOK_PRIVATE_ADDRESSES = True
        settings.SITE_URL = live_server.url
        user, port = make_user(), free_port()
        account = Account.objects.for_user(user)
        _row, key = make_key(account=account, scopes=["read", "hold", "spend"])
        endpoint = make_endpoint(url=f"http://127.0.0.1:{port}/hear", account=account)
        command = [
            sys.executable,
            PROJECT / "tests" / "api" / "another_service.py",
            f"{live_server.url}/api/v1/openapi.json",
            port,
        ]
        environment = {
            "PATH": os.environ["PATH"],
            "CREDITS_KEY": key,
            "WEBHOOK_SECRET": endpoint.secret,
        }

        with running(
            command, env=environment, cwd="/", stdout=subprocess.PIPE, text=True
        ) as process:
            reads(process, lines, "listens")
            purchase = shop.sell(user=user)
            jobs.send_webhooks()
            reads(process, lines, "heard", "purchase.paid", account.pk)
            reads(process, lines, "has", 100)
            reads(process, lines, "gave", "back", 5)

            shop.refund(purchase)
            shop.deliver()
            jobs.send_webhooks()
            reads(process, lines, "heard", "refund.settled", account.pk)
            reads(process, lines, "has", 0)
            wait_until(lambda: process.poll() is not None)
            assert process.returncode == 0

        assert ["captured", "12"] in lines
        assert ["the", "same", "hold", "True"] in lines
        lot = account.lots.get()
        assert (lot.spent, lot.clawed_back, lot.shortfall) == (7, 93, 7)
        call_command("check_ledger")
