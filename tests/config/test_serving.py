"""What a web process and a worker refuse to begin with, as processes of their own."""

import shutil

import pytest

from config.serving import REFUSED
from tests.config.deployment import GOOD, deploy, run, serving

ALL_WRONG = {
    "SECRET_KEY": "",
    "SITE_URL": "http://credits.example",
    "DATABASE_URL": "mysql://ada:hunter2@db/shop",
    "EMAIL_URL": "pigeon://hunter2@roof",
    "STRIPE_SECRET_KEY": "pk_live_hunter2",
    "STRIPE_WEBHOOK_SECRET": "hunter2",
    "STRIPE_LIVE_MODE": "ture-hunter2",
    "CONN_MAX_AGE": "hunter2",
    "LOG_LEVEL": "hunter2",
    "STRIPE_TIMEOUT": "4 hunter2",
    "CREDITS_HOLD_MINUTES": "hunter2",
    "BILLING_SESSION_MINUTES": "5",
    "CACHE_URL": "rediscache://hunter2:6379",
    "CREDITS_EXPIRY_NOTICE_DAYS": "hunter2",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return deploy(tmp_path_factory.mktemp("deployed"))


def gunicorn(site, *, workers=1, **environment):
    """Start the site under gunicorn; returns when it has ended."""
    options = ("--bind=127.0.0.1:0", f"--workers={workers}")
    return run(site, "-m", "gunicorn", "config.wsgi", *options, **environment)


class TestWebProcess:
    def test_serves_what_can_be_right(self, site, tmp_path):
        with serving(site, tmp_path) as web:
            assert web.is_alive()

    def test_names_all_that_cannot_be_at_once_and_says_no_value(self, site):
        ended = gunicorn(site, **ALL_WRONG)

        assert ended.returncode == REFUSED, ended.stderr
        missing = [name for name in ALL_WRONG if f"  * {name} " not in ended.stderr]
        assert missing == []
        assert "hunter2" not in ended.stderr
        assert "Traceback" not in ended.stderr

    @pytest.mark.parametrize(
        "wrong",
        [
            {
                "STRIPE_LIVE_MODE": ("false", "STRIPE_SECRET_KEY and STRIPE_LIVE_MODE disagree"),
                "STRIPE_WEBHOOK_SECRET": ("", "STRIPE_WEBHOOK_SECRET is not set"),
                "SITE_URL": ("http://credits.example", "SITE_URL is not https"),
                "SECRET_KEY": ("insecure-development-key", "SECRET_KEY can be guessed"),
            },
            {
                "STRIPE_SECRET_KEY": ("sk_live_1 2", "STRIPE_SECRET_KEY is not"),
                "DATABASE_URL": ("sqlite:///db", "DATABASE_URL is not the address of a PostgreSQL"),
            },
            {
                "STRIPE_SECRET_KEY": ("whsec_1", "STRIPE_SECRET_KEY is not"),
                "DATABASE_URL": ("postgres://db:port/shop", "DATABASE_URL is no address"),
            },
        ],
        ids=["together", "elsewhere", "confused"],
    )
    def test_refuses(self, site, wrong):
        ended = gunicorn(site, **{name: value for name, (value, _) in wrong.items()})

        named = [line for line in ended.stderr.splitlines() if line.startswith("  * ")]
        unsaid = [said for _, said in wrong.values() if not any(said in line for line in named)]
        assert ended.returncode == REFUSED, ended.stderr
        assert unsaid == []
        assert len(named) == len(wrong)

    def test_says_by_example_what_is_missing(self, site):
        ended = gunicorn(site, DATABASE_URL="", SITE_URL="", EMAIL_URL="")

        for example in ("postgres://user:password@", "https://shop.example", "smtp+tls://user:"):
            assert example in ended.stderr

    def test_refuses_where_no_page_could_be_shown(self, site, tmp_path):
        bare = tmp_path / "bare"
        shutil.copytree(site, bare, ignore=shutil.ignore_patterns("staticfiles"))

        ended = gunicorn(bare)

        assert ended.returncode == REFUSED
        assert "manage.py collectstatic" in ended.stderr

    def test_takes_secrets_as_mounted_files_have_them(self, site):
        spacious = {name: f" {value}\n" for name, value in GOOD.items() if name != "ENV_FILE"}
        spacious["STRIPE_WEBHOOK_SECRET"] = "whsec_new, whsec_old\n"

        answer = run(site, "-c", "import config.wsgi", **spacious)

        assert answer.returncode == 0, answer.stderr


class TestWorker:
    def test_refuses_what_cannot_be_right(self, site):
        wrong = {"STRIPE_LIVE_MODE": "false", "STRIPE_WEBHOOK_SECRET": "", "SITE_URL": "http://a.b"}

        ended = run(site, "manage.py", "worker", **wrong)

        assert ended.returncode == 1
        assert ended.stderr.count("  * ") == len(wrong)
        assert "Traceback" not in ended.stderr

    def test_refuses_what_cannot_be_read(self, site):
        ended = run(site, "manage.py", "worker", **ALL_WRONG)

        assert ended.returncode == 1
        assert [name for name in ALL_WRONG if f"  * {name} " not in ended.stderr] == []
        assert "hunter2" not in ended.stderr


class TestCommands:
    @pytest.mark.parametrize("command", ["check", "migrate", "doctor"])
    def test_name_what_cannot_be_read(self, site, command):
        ended = run(site, "manage.py", command, SECRET_KEY="", CONN_MAX_AGE="often")

        assert ended.returncode == 1
        assert "  * SECRET_KEY is not set" in ended.stderr
        assert "  * CONN_MAX_AGE is no whole number, such as 60" in ended.stderr
        assert "Traceback" not in ended.stderr
