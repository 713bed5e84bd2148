"""Each line of shell that a page shows is run by a test; a new one is not forgotten."""

import re
import shlex
from itertools import pairwise
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from tests.people import make_user
from tests.platform.test_documented_commands import BLOCK, PAGES
from tests.platform.test_security import found
from tests.processes import PROJECT

# What a line begins with, and the test that runs it, or such a one.
RUN_BY = {
    r"(\.venv/bin/python |python )?manage\.py ": "tests/platform/test_documented_commands.py",
    r"make ": "tests/platform/test_documented_commands.py::test_is_a_target_of_make",
    r"\* \* \* \* \* .*manage\.py run_jobs$": "tests/platform/test_documented_commands.py",
    r"\.venv/bin/pytest ": "tests/platform/test_documented_lines.py",
    r"python manage\.py runserver 8000$": "tests/hosts/test_with_billing.py",
    r"export CHECKOUT=": "tests/hosts/test_with_billing.py",
    r"export STRIPE_(API_BASE|SECRET_KEY)=": "tests/hosts/test_with_billing.py",
    r'pip install "\$CHECKOUT/dist/.*\.whl(\[[a-z,]+\])?"': "tests/hosts/test_with_extras.py",
    r"stripe-sandbox --port ": "tests/hosts/test_sandbox.py::TestCommand",
    r"python -m stripe_sandbox ": "tests/stripe_sandbox/test_main.py::TestCommand",
    r"export STRIPE_API_KEY=sk_test_": "tests/stripe_sandbox/test_stripe_cli.py",
    r"stripe trigger .* --api-base ": "tests/stripe_sandbox/test_stripe_cli.py::TestTrigger",
    r"stripe listen .* --api-base ": "tests/stripe_sandbox/test_stripe_cli.py::TestListen",
    r"stripe events resend ": "tests/stripe_sandbox/test_stripe_cli.py::TestResend",
    r'curl --fail "\$CREDITS_URL/': "tests/api/test_docs.py::TestPage::test_does_what_it_says",
    r"curl http://127\.0\.0\.1:12111/v1/tax/": (
        "tests/platform/test_documented_lines.py::test_the_sandbox_takes_what_is_sent_to_it"
    ),
    r"pip install --require-hashes -r requirements/base\.txt$": "tests/deploy/test_image.py",
    r"docker build --file deploy/Dockerfile ": "tests/deploy/test_compose.py::TestImage",
    r"docker compose --file deploy/compose\.yaml ": "tests/deploy/test_compose.py::TestCompose",
    r"deploy/backup\.sh (dump|base|restore) ": "tests/deploy/test_backup.py",
    r'psql -c "SELECT setval': "tests/platform/test_documented_lines.py",
}
NOT_RUN = {
    r"stripe (login|listen --print-secret)$": "wants an account at Stripe",
    r"stripe listen --forward-to \S+ --all-snapshot$": "wants an account at Stripe",
}
SHELL = {"", "sh"}


def shell_lines():
    """Read the lines of shell, each whole and without its comment, by page."""
    for page in PAGES:
        for language, block in BLOCK.findall(page.read_text()):
            if language not in SHELL:
                continue
            for line in re.sub(r"\\\n\s*", " ", block).splitlines():
                if command := re.sub(r"(^| )#.*", "", line).strip():
                    yield page.relative_to(PROJECT), command


LINES = sorted({(str(where), line) for where, line in shell_lines()})


@pytest.mark.parametrize(("where", "line"), LINES)
def test_is_run_by_a_test_or_says_why_not(where, line):
    assert any(re.match(pattern, line) for pattern in [*RUN_BY, *NOT_RUN]), where


@pytest.mark.parametrize("pattern", [*RUN_BY, *NOT_RUN])
def test_no_pattern_is_left_over(pattern):
    assert any(re.match(pattern, line) for _where, line in LINES)


@pytest.mark.parametrize("test", sorted(set(RUN_BY.values())))
def test_names_tests_that_exist(test):
    assert found(test)


@pytest.mark.parametrize(
    "line", [line for _where, line in LINES if line.startswith("curl http://127.0.0.1:12111/")]
)
def test_the_sandbox_takes_what_is_sent_to_it(stripe_sandbox, line):
    _curl, url, *words = shlex.split(line)
    fields = [word.split("=", 1) for flag, word in pairwise(words) if flag == "-d"]
    key = words[words.index("-u") + 1].rstrip(":")
    request = Request(  # noqa: S310 - the sandbox's own address
        url.replace("http://127.0.0.1:12111", stripe_sandbox.base_url),
        data=urlencode(dict(fields)).encode(),
        headers={"Authorization": f"Bearer {key}"},
    )

    with urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200


@pytest.mark.django_db
def test_no_key_is_given_twice():
    [line] = [line for _where, line in LINES if line.startswith("psql -c")]
    before = make_user()

    with connection.cursor() as cursor:
        cursor.execute(shlex.split(line)[2])

    assert make_user().pk > before.pk + 100_000
    assert get_user_model().objects.count() == 2
