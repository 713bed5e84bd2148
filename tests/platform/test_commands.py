"""Every command of ours: one line and an exit code when what it needs is away, at any moment."""

from contextlib import contextmanager
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection

from api.outgoing import recording
from billing import conf
from credits.management.base import AWAY, OperatorCommand
from tests.databases import manage
from tests.people import make_user

OURS = ("api", "billing", "config", "credits", "development")
NOWHERE = "postgres://nobody@/none?host=/nonexistent"

# What each is called with here; `worker` has tests of its own, and `preview_mails` needs nothing.
WORDS = {
    "check_ledger": ["-v2"],
    "doctor": ["--events"],
    "erase_user": ["ada@example.com", "--no-input", "--at-stripe"],
    "expire_credits": [],
    "month_end": ["2026-10"],
    "play": ["duplicate"],
    "prune_events": [],
    "reconcile_stripe": ["--repair"],
    "reset_second_factor": ["ada@example.com"],
    "run_jobs": [],
    "seed_demo": [],
    "send_mails": ["--failed"],
}
ASK_STRIPE = ["erase_user", "play", "reconcile_stripe", "seed_demo"]


def ours():
    return {name: app for name, app in get_commands().items() if app in OURS}


def run(name):
    """Call a command as a shell does; give its exit code and what it said."""
    said = StringIO()
    try:
        call_command(name, *WORDS[name], stdout=said, stderr=said)
    except CommandError as error:
        return error.returncode, f"{said.getvalue()}{error}"
    except SystemExit as error:
        return error.code, said.getvalue()
    return 0, said.getvalue()


@pytest.fixture(autouse=True)
def _development(settings):
    settings.DEBUG = True


@contextmanager
def cut_at(number):
    """Cut the connection at a query, counted from 1; gives a list of the queries that were made."""
    made = []

    def count(execute, sql, params, many, context):
        made.append(sql)
        if len(made) == number:
            execute("SELECT pg_terminate_backend(pg_backend_pid())", None, False, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield made


def test_each_is_tried_here():
    assert set(ours()) == {*WORDS, "worker", "preview_mails"}


def test_each_keeps_the_one_rule():
    for name, app in ours().items():
        assert isinstance(load_command_class(app, name), OperatorCommand), name


class TestDatabase:
    @pytest.fixture
    def away(self, django_db_blocker, monkeypatch):
        with django_db_blocker.unblock():
            connection.close()
            monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
            yield
            connection.close()

    @pytest.mark.usefixtures("away")
    @pytest.mark.parametrize("name", sorted(WORDS))
    def test_away_at_the_start(self, shop, name):
        code, said = run(name)

        assert code == AWAY
        assert "The database failed: connection" in said.splitlines()[-1]

    @pytest.mark.usefixtures("away")
    def test_away_does_not_keep_the_doctor_from_looking_at_stripe(self, shop):
        said = StringIO()

        with pytest.raises(CommandError, match="things are wrong"):
            call_command("doctor", stdout=said)

        assert "WRONG  No endpoint at Stripe delivers" in said.getvalue()
        assert "WRONG  The database does not answer" in said.getvalue()

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("share", [0.5, 1])
    @pytest.mark.parametrize("name", sorted(set(WORDS) - {"run_jobs"}))
    def test_cut_in_the_middle_and_at_the_end(self, shop, monkeypatch, name, share):
        monkeypatch.setattr(recording, "NOBODY_FOR", 3600)  # so that each run asks as often
        shop.plan()
        self.run_cut_at(name, None)  # what it does once alone
        number, is_cut = None, False
        while not is_cut:  # a run may ask less often than the one before it
            made, code, said = self.run_cut_at(name, number)
            is_cut = number is not None and made >= number
            number = max(1, int(made * share))

        connection.close()
        assert code == (1 if name == "doctor" else AWAY), said
        assert "database" in said

    @staticmethod
    def run_cut_at(name, number):
        """Run a command that has somebody to erase; give how often it asked, and how it ended."""
        User.objects.get_or_create(username="ada", email="ada@example.com")
        with cut_at(number) as made:
            code, said = run(name)
        return len(made), code, said

    def test_that_only_reads_is_away(self, transactional_db):
        """As a server that was the primary until a failover."""
        make_user()
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")

        code, said = run("run_jobs")
        with connection.cursor() as cursor:
            cursor.execute("RESET default_transaction_read_only")

        assert code == AWAY
        assert "read-only transaction" in said

    def test_away_is_one_line_of_a_shell(self):
        done = manage("expire_credits", database=NOWHERE, warnings="ignore")

        assert done.returncode == AWAY
        assert done.stderr.startswith("CommandError: The database failed: connection")
        assert len(done.stderr.splitlines()) == 1

    def test_without_our_tables_is_told_to_migrate(self, transactional_db):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_outgoingmail RENAME TO mails_of_before")
        try:
            code, said = run("send_mails")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE mails_of_before RENAME TO billing_outgoingmail")

        assert code == AWAY
        assert "manage.py migrate" in said


@pytest.mark.django_db(transaction=True)
class TestStripe:
    @pytest.mark.parametrize("name", ASK_STRIPE)
    def test_away_at_the_start(self, shop, name):
        buyer = make_user(email="ada@example.com")
        shop.sell(user=buyer)
        shop.stripe.switch(api_down=True)

        code, said = run(name)

        assert code == AWAY, said
        assert "Stripe" in said or "sandbox" in said

    @pytest.mark.parametrize("name", ASK_STRIPE)
    def test_away_at_all(self, shop, settings, name):
        buyer = make_user(email="ada@example.com")
        shop.sell(user=buyer)
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"

        code, said = run(name)

        assert code == AWAY, said
        assert conf.api_base() in said or "Stripe" in said

    def test_away_is_a_finding_of_the_doctor(self, shop):
        shop.stripe.switch(api_down=True)

        code, said = run("doctor")

        assert code == 1
        assert "WRONG  Stripe does not answer" in said
