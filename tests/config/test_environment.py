"""Settings take what the environment says literally, and without the white space around it."""

import json
import os
import subprocess
import sys

import pytest

from config.environment import Environment
from tests.processes import PROJECT

GOOD = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "s" * 50,
    "SITE_URL": "https://shop.example",
    "DATABASE_URL": "postgres://ada:secret@db.example:5432/shop",
    "EMAIL_URL": "smtp://mail.example",
}


def settings_of(*names, **environment):
    """Give the site's settings as a process has them."""
    code = (
        "import json, sys; from config import settings\n"
        "json.dump({name: getattr(settings, name) for name in sys.argv[1:]}, sys.stdout)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **GOOD, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def spacious():
    """Settings from an environment with white space around everything."""
    values = {
        **GOOD,
        "STRIPE_SECRET_KEY": "sk_test_1",
        "STRIPE_API_BASE": "http://127.0.0.1:12111",
        "METRICS_TOKEN": "token",
        "BILLING_CURRENCY": "eur",
        "BILLING_SESSION_MINUTES": "60",
        "CREDITS_HOLD_MINUTES": "5",
        "DEBUG": "true",
    }
    return settings_of(
        *(name for name in values if name not in {"ENV_FILE", "DATABASE_URL", "EMAIL_URL"}),
        *("DATABASES", "EMAIL_HOST", "STRIPE_WEBHOOK_SECRET", "ALLOWED_HOSTS"),
        *("PAYMENT_METHOD_TYPES", "CREDITS_EXPIRY_NOTICE_DAYS"),
        **{name: f" {value}\n" for name, value in values.items() if name != "ENV_FILE"},
        STRIPE_WEBHOOK_SECRET="whsec_new, whsec_old\n",
        ALLOWED_HOSTS="shop.example, www.shop.example,\n",
        PAYMENT_METHOD_TYPES="card , link",
        CREDITS_EXPIRY_NOTICE_DAYS="30, 7",
    )


class TestWhiteSpace:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECRET_KEY", "s" * 50),
            ("SITE_URL", "https://shop.example"),
            ("EMAIL_HOST", "mail.example"),
            ("STRIPE_SECRET_KEY", "sk_test_1"),
            ("STRIPE_API_BASE", "http://127.0.0.1:12111"),
            ("METRICS_TOKEN", "token"),
            ("BILLING_CURRENCY", "eur"),
            ("BILLING_SESSION_MINUTES", 60),
            ("CREDITS_HOLD_MINUTES", 5),
            ("DEBUG", True),
        ],
    )
    def test_around_a_value_is_not_part_of_it(self, spacious, name, value):
        assert spacious[name] == value

    def test_around_the_database_is_not_part_of_it(self, spacious):
        database = spacious["DATABASES"]["default"]

        assert (database["NAME"], database["HOST"]) == ("shop", "db.example")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("STRIPE_WEBHOOK_SECRET", ["whsec_new", "whsec_old"]),
            ("ALLOWED_HOSTS", ["shop.example", "www.shop.example", "127.0.0.1", "localhost"]),
            ("PAYMENT_METHOD_TYPES", ["card", "link"]),
            ("CREDITS_EXPIRY_NOTICE_DAYS", [30, 7]),
        ],
    )
    def test_around_commas_is_not_part_of_what_they_part(self, spacious, name, value):
        assert spacious[name] == value


class TestLetters:
    @pytest.mark.parametrize("value", ["$ecret", "$HOME", r"a\$b$c", "a#b", "a=b,c"])
    def test_are_taken_as_they_are(self, value):
        secret = settings_of("SECRET_KEY", SECRET_KEY=value)

        assert secret["SECRET_KEY"] == value


class TestAddressOfTheSite:
    @pytest.mark.parametrize("written", ["HTTPS://Shop.Example", "https://shop.example/"])
    def test_is_in_lower_case_since_cookies_are_secure_by_it(self, written):
        read = Environment({"SITE_URL": written})

        assert read.address("SITE_URL", example="") == "https://shop.example"
        assert not read.problems

    @pytest.mark.parametrize(
        "written",
        [
            "https://ada:secret@shop.example",
            "https://shop.example/?page=1",
            "https://shop.example/#top",
            "https://sh op.example",
        ],
    )
    def test_has_nothing_in_it_that_a_link_could_not_begin_with(self, written):
        read = Environment({"SITE_URL": written})

        read.address("SITE_URL", example="")

        [problem] = read.problems
        assert problem.name == "SITE_URL"


class TestAmounts:
    def test_name_a_currency_once(self):
        read = Environment({"BELOW": "usd=2000,usd=20000"})

        assert read.amounts("BELOW", default={}) == {}
        [problem] = read.problems
        assert problem.message == "BELOW is a list that names a currency twice."
