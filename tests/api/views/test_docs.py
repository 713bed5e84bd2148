"""The page of the API: each call that it shows is made, in each language."""

import html
import os
import re
import shutil
import subprocess
import sys

import pytest

from api.v1.problems import KINDS
from api.views.examples import EXAMPLES, SOME_ID
from credits import audit
from tests.api.services import make_account, make_key

LANGUAGES = ["curl", "Python", "JavaScript"]
SHOWN = re.compile(r"<h3>(\w+)</h3>\s*<pre[^>]*><code>(.*?)</code></pre>", re.DOTALL)
RUN = {
    "curl": ["bash", "-e", "-c"],
    "Python": [sys.executable, "-c"],
    "JavaScript": ["node", "--input-type=module", "-e"],
}


def calls(client):
    """List what the page shows: pairs of a language and code."""
    page = client.get("/api/docs/").text
    return [(language, html.unescape(code)) for language, code in SHOWN.findall(page)]


@pytest.mark.django_db
class TestPage:
    def test_shows_each_call_in_each_language(self, client):
        assert [language for language, _code in calls(client)] == LANGUAGES * len(EXAMPLES)

    def test_has_a_place_for_each_problem(self, client):
        page = client.get("/api/docs/").text

        for code in KINDS:
            assert f'id="{code}"' in page

    def test_is_for_anybody_and_keeps_to_the_policy(self, client):
        answer = client.get("/api/docs/")

        assert answer.status_code == 200
        assert answer.text.count("<script") == answer.text.count("<script src=")
        assert "style=" not in answer.text


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestCalls:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_do_what_they_say(self, client, live_server, settings, language):
        if shutil.which(RUN[language][0]) is None:
            pytest.skip(f"{RUN[language][0]} is not on this machine")
        settings.SITE_URL = live_server.url
        _row, key = make_key(account=make_account(credits=1000))
        some_id, printed = SOME_ID, []
        for each, code in calls(client):
            if each != language:
                continue
            done = subprocess.run(
                [*RUN[language], code.replace(SOME_ID, some_id)],
                env=os.environ | {"CREDITS_KEY": key},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            printed.append(done.stdout)
            if found := re.search(r"[\"']?\bid[\"']?: ?[\"'](\d+-\d+)[\"']", done.stdout):
                some_id = found[1]

        text = "".join(printed)
        assert len(printed) == len(EXAMPLES)
        assert "CAPTURED" in text
        assert "GIVE_BACK" in text
        assert "problem" not in text
        assert list(audit.faults()) == []
