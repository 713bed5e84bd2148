"""`.env.example` explains each setting that there is, and none that there is not."""

import re
from itertools import pairwise

from tests.processes import PROJECT

READ_ELSEWHERE = {
    *("ENV_FILE", "PORT", "SANDBOX_PORT"),
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME"),
}


def read_by_settings():
    text = (PROJECT / "config" / "settings.py").read_text()
    reads = re.findall(r"\benv(?:\.\w+)?\(\s*\"(\w+)\"", text)
    return {*reads, *re.findall(r"\"((?:API|CREDITS|BILLING|STRIPE)_\w+)\"", text)}


def test_explains_each_setting():
    lines = (PROJECT / ".env.example").read_text().splitlines()
    explained = [line[1:].partition("=")[0] for line in lines if re.match(r"#[A-Z_]+=", line)]

    assert set(explained) == read_by_settings() | READ_ELSEWHERE
    assert len(explained) == len(set(explained))


def test_says_something_before_each():
    lines = (PROJECT / ".env.example").read_text().splitlines()

    for before, line in pairwise(lines):
        if re.match(r"#[A-Z_]+=", line):
            assert before.startswith("#"), line
