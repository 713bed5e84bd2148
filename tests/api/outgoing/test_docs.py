"""What `docs/be-told.md` says, done: its receivers hear, and refuse what is not ours."""

import os
import re
import shutil
import socket
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from api.models import EventType
from api.outgoing import delivering, payloads, switching
from billing.signals import purchase_paid
from tests.api.outgoing.factories import happen, make_endpoint
from tests.processes import PROJECT, running, wait_until

PAGE = (PROJECT / "docs" / "be-told.md").read_text()


def block(name):
    """The code block whose first line names it."""
    [text] = re.findall(
        rf"^```\w+\n(?:#|//) {re.escape(name)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    )
    return text


def answers(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def receiver(command, name, folder):
    """Run one of the page's receivers; gives its endpoint, and what it has written."""
    file = folder / name
    file.write_text(block(name))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint = make_endpoint(url=f"http://127.0.0.1:{port}/")
    environment = os.environ | {"WEBHOOK_SECRET": endpoint.secret, "PORT": str(port)}
    output = folder / "output"
    with (
        output.open("w") as out,
        running([command, file], env=environment, stdout=out, stderr=out) as process,
    ):
        wait_until(lambda: answers(port) or process.poll() is not None, or_show=output.read_text)
        yield endpoint, output


@pytest.mark.django_db
class TestReceivers:
    @pytest.fixture(
        params=[(sys.executable, "receiver.py"), ("node", "receiver.mjs")], ids=["python", "node"]
    )
    def told(self, request, tmp_path, private_allowed):
        command, name = request.param
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not installed")
        with receiver(command, name, tmp_path) as (endpoint, output):
            yield endpoint, output

    def test_hear_each_event_once(self, told):
        _endpoint, output = told
        first, _second = happen(times=2)
        assert delivering.send_due() == 2
        delivering.send_again(first)

        assert delivering.send_due() == 1

        lines = output.read_text().splitlines()
        heard = [line for line in lines if line.startswith("credits.granted")]
        assert len(heard) == 2

    def test_go_on_while_a_secret_is_rolled(self, told):
        endpoint, _output = told
        switching.roll_secret(endpoint)
        happen()

        assert delivering.send_due() == 1

    def test_refuse_what_is_not_ours(self, told):
        endpoint, output = told
        forged = urllib.request.Request(  # noqa: S310 (our own receiver)
            endpoint.url,
            data=b'{"id":"msg_1","type":"purchase.paid","account":1,"data":{}}',
            headers={
                "webhook-id": "msg_1",
                "webhook-timestamp": "1700000000",
                "webhook-signature": "v1,aGVsbG8=",
            },
        )

        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(forged, timeout=30)  # noqa: S310

        assert "purchase.paid" not in output.read_text()


class TestPage:
    def test_lists_each_type_of_event(self):
        listed = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", PAGE, re.MULTILINE)

        assert listed == EventType.values

    def test_names_each_field(self):
        fields = {"purchase", "status", "plan", "unit_amount", "currency", "livemode", "paid_at"}
        fields |= {"credits", "credits_clawed_back", "credits_short", "lot", "balance"}

        assert all(f"`{field}`" in PAGE for field in fields)
        assert f'"version": {payloads.VERSION}' in PAGE


@pytest.mark.django_db(transaction=True)
class TestListening:
    def test_is_done_as_the_page_says(self, shop, capsys):
        scope: dict = {}
        exec(block("listening.py"), scope)  # noqa: S102 (our own page)
        try:
            purchase = shop.sell()
        finally:
            assert purchase_paid.disconnect(scope["thank"])

        assert f"{purchase.account} bought 100 credits" in capsys.readouterr().out
