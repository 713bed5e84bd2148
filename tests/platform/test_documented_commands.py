"""Every command that the README and the docs show is one that there is, and runs."""

import re
import subprocess
from io import StringIO

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from tests.platform.test_commands import WORDS
from tests.processes import PROJECT

PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted(PROJECT.glob("docs/*.md"))]

# A block of code, with its language where that is said.
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# Run as processes by tests of their own: they do not end, ask a person, or start the site.
ELSEWHERE = {"createsuperuser", "procrastinate", "run", "runserver", "shell", "worker", "play"}
# What a command wants that is only named.
WANTED = WORDS | {"preview_mails": ["mails"]}
# The shortest key that Stripe's command line takes: it says so itself.
SHORTEST_KEY = 12


def shown(pattern):
    """Find commands in blocks of code and between backticks; gives each once, with its page."""
    found: dict[str, str] = {}
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        lines = [line for _language, block in BLOCK.findall(text) for line in block.splitlines()]
        lines += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
        for line in lines:
            for match in re.finditer(pattern, line.partition("  #")[0].partition(" # ")[0]):
                found.setdefault(" ".join(match[1].split()), page.name)
    return found


def without_placeholders(words):
    """Take out what a reader fills in: `NAME`, `evt_…`, `[--port]`."""
    return not any(re.search(r"…|\[|^[A-Z]+$|<", word) for word in words)


MANAGE = shown(r"manage\.py ([a-z_]+(?: [\w./@:=…<\[\]-]+)*)")
MAKE = shown(r"(?:^|[ =])make ([a-z][a-z0-9-]*)(?=[ ;`]|$)")
WHOLE = {
    line: page
    for line, page in MANAGE.items()
    if without_placeholders(line.split()) and line.split()[0] not in ELSEWHERE
}


@pytest.mark.parametrize("line", sorted(MANAGE))
def test_is_a_command_that_there_is(line):
    assert line.split()[0] in get_commands(), MANAGE[line]


@pytest.mark.parametrize("line", sorted(WHOLE))
@pytest.mark.django_db
def test_runs(line, shop, settings, tmp_path, monkeypatch):
    """Exit code 1 is for what a command found here; no other, and no traceback."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.DEBUG = True
    monkeypatch.chdir(tmp_path)
    name, *words = re.sub(r"(?<= )/tmp", str(tmp_path), line).split()
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    command.create_parser("manage.py", name).parse_args(words or WANTED.get(name, []))

    assert exit_code(name, *(words or WANTED.get(name, []))) in {0, 1}


def exit_code(name, *words):
    try:
        call_command(name, *words, stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        return error.returncode
    except SystemExit as error:
        return error.code
    return 0


@pytest.mark.parametrize("target", sorted(MAKE))
def test_is_a_target_of_make(target):
    asked = subprocess.run(
        ["make", "--dry-run", "--old-file=.venv/installed", target],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.returncode == 0, f"{MAKE[target]}: {asked.stderr}"


def test_stripes_command_line_takes_the_keys_that_are_shown():
    keys = [key for page in PAGES for key in re.findall(r"STRIPE_API_KEY=(\S+)", page.read_text())]

    assert keys
    assert [key for key in keys if len(key) < SHORTEST_KEY or not key.startswith("sk_test_")] == []


def test_there_are_some_of_each():
    assert len(WHOLE) > 10
    assert {"run", "test", "check"} <= MAKE.keys()
