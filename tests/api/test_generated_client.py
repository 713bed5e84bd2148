"""A client that `openapi-python-client` makes from the document spends, and reads what it did."""

import subprocess
import sys
from pathlib import Path

import pytest

from credits import ledger
from tests.api.document import FILE
from tests.api.services import make_account, make_key
from tests.people import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# What somebody writes who has the client and a key, and has never heard of Django.
SCRIPT = """
import sys
from credits_client import AuthenticatedClient
from credits_client.api.accounts import open_account
from credits_client.api.holding import capture, hold
from credits_client.api.reading import get_balance
from credits_client.api.spending import spend
from credits_client.models import Capture, NewHold, OpenAccount, Spend, TooFewCredits

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
spent = spend.sync(client=client, body=Spend(credits_=30), idempotency_key="report:17")
print(spent.kind.value, spent.amount, spent.balance_after)
again = spend.sync(client=client, body=Spend(credits_=30), idempotency_key="report:17")
print(again.id == spent.id)
held = hold.sync(client=client, body=NewHold(credits_=20), idempotency_key="job:1")
print(capture.sync(held.id, client=client, body=Capture(credits_=5)).status.value)
refused = spend.sync(client=client, body=Spend(credits_=1000), idempotency_key="report:18")
print(isinstance(refused, TooFewCredits), refused.requested, refused.available)
print(get_balance.sync(client=client).balance)
everybody = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[3])
print(open_account.sync(client=everybody, body=OpenAccount(user=sys.argv[4])).account)
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The folder that the client is in."""
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.yml"
    config.write_text("package_name_override: credits_client\npost_hooks: []\n")
    made = subprocess.run(
        [
            Path(sys.executable).parent / "openapi-python-client",
            "generate",
            "--path", FILE,
            "--meta", "none",
            "--config", config,
            "--output-path", folder / "credits_client",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout.upper(), made.stdout
    return folder


class TestGeneratedClient:
    def test_spends(self, generated, live_server):
        account = make_account(credits=100)
        _row, key = make_key(account=account)
        _row, key_to_all = make_key()
        newcomer = make_user()

        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, live_server.url, key, key_to_all, str(newcomer.pk)],
            cwd=generated,
            capture_output=True,
            text=True,
            check=False,
        )

        *said, opened = done.stdout.split()
        assert said == ["SPEND", "-30", "70", "True", "CAPTURED", "True", "1000", "65", "65"], (
            done.stdout + done.stderr
        )
        assert opened == str(newcomer.credit_account.pk)
        assert ledger.balance(account) == 65
