"""`.env.example` explains each setting that there is, and none that there is not."""

import json
import re
import subprocess
import sys
from itertools import pairwise

from tests.config.deployment import GOOD, environment
from tests.processes import PROJECT

READ_ELSEWHERE = {
    *("ENV_FILE", "PORT", "SANDBOX_PORT"),
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME"),
}

# Reads the settings with one name after the other empty; prints which then are not the default.
EMPTIED = """
import json, os, re, runpy, sys

def values():
    read = runpy.run_path("config/settings.py")
    said = {name: repr(value) for name, value in read.items() if name.isupper()}
    return {name: re.sub("0x[0-9a-f]+", "", value) for name, value in said.items()}

default, changed = values(), []
for name in sys.argv[1:]:
    os.environ[name] = ""
    if values() != default:
        changed.append(name)
    del os.environ[name]
print(json.dumps(changed))
"""


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


def examples():
    """Give each name with what is said before it, and what is shown behind it."""
    found, said, is_comment = {}, "", False
    for line in (PROJECT / ".env.example").read_text().splitlines():
        if match := re.match(r"#([A-Z_]+)=(.*)", line):
            found[match[1]] = (said, match[2])
            is_comment = False
        elif line.startswith("# "):
            said = f"{said} {line[2:]}" if is_comment else line[2:]
            is_comment = True
        else:
            is_comment = False
    return found


def test_says_of_each_value_what_empty_does_that_is_not_the_default():
    names = sorted(examples().keys() - GOOD.keys() - READ_ELSEWHERE)

    answer = subprocess.run(
        [sys.executable, "-c", EMPTIED, *names],
        cwd=PROJECT,
        env=environment(PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    changed = set(json.loads(answer.stdout))
    assert changed == {"CREDITS_EXPIRY_NOTICE_DAYS", "DATABASE_TIMEOUTS"}
    assert [name for name in changed if "Empty:" not in examples()[name][0]] == []


def test_says_of_no_default_that_empty_is_something_else_than_it_is():
    """What has a default and says *Empty:* is one that empty takes away, or an address shown."""
    said = {name for name, (text, shown) in examples().items() if "Empty:" in text and shown}

    assert {name for name in said if not name.endswith("_URL")} == {
        "CREDITS_EXPIRY_NOTICE_DAYS",
        "DATABASE_TIMEOUTS",
    }
