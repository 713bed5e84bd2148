"""What `docs/api.md` says, done: each of its blocks against a running site, in their order."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from api.v1.problems import KINDS
from credits import audit, ledger
from credits.models import CreditTransaction
from tests.api.services import make_account, make_key
from tests.hosts.document import FENCED
from tests.processes import PROJECT

PAGE = (PROJECT / "docs" / "api.md").read_text()
BLOCKS = [block for block in FENCED.finditer(PAGE) if not block["not_run"]]
RUN = {
    "sh": ["bash", "-e", "-c"],
    "python": [sys.executable, "-W", "error", "-c"],
    "js": ["node", "--input-type=module", "-e"],
}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestPage:
    def test_does_what_it_says(self, live_server, settings):
        for command, *_options in RUN.values():
            if shutil.which(command) is None:
                pytest.skip(f"{command} is not on this machine")
        settings.SITE_URL = live_server.url
        account = make_account(credits=100)
        _row, key = make_key(account=account)
        environment = os.environ | {"CREDITS_URL": live_server.url, "CREDITS_KEY": key}

        printed = []
        for block in BLOCKS:
            if block["language"] == "json":
                continue
            done = subprocess.run(
                [*RUN[block["language"]], block["text"]],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{block['text']}\n{done.stdout}\n{done.stderr}"
            printed.append(done.stdout)

        balance, spent, refused, held, given = printed
        assert re.fullmatch(r'\{"account":\d+,"balance":100,"held":0\}', balance)
        assert '"balance_after":97' in spent
        assert refused == f"97 of 1000000: buy more at {live_server.url}/billing/\n"
        assert held == "CAPTURED 12\n"
        assert given == "GIVE_BACK 85\n"
        assert ledger.balance(account) == 85
        assert CreditTransaction.objects.get(account=account, seq=2).key == "api:farm:report:17"
        assert list(audit.faults()) == []


def test_it_names_every_problem():
    named = set(re.findall(r"`([a-z_]+)`", PAGE.split("| status |")[1].split("\n\n")[0]))

    assert set(KINDS) - {"method_not_allowed"} <= named
