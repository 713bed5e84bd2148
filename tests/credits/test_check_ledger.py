"""Corruptions are planted past the guards, which only the tables' owner can switch off."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from credits import holds
from tests.credits.back_door import open_back_door, write
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_spend,
    set_target,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def check():
    out = StringIO()
    try:
        call_command("check_ledger", stdout=out, stderr=StringIO())
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def account():
    """An account that has seen every kind of operation, beside others that are in order."""
    make_account(credits=5)
    account = make_account()
    lots = [make_lot(account=account, credits=100, at=NOW) for _ in range(3)]
    make_lot(account=account, credits=7, at=NOW, expires_at=NOW + timedelta(hours=1))
    spent = make_spend(account=account, credits=50, at=NOW)
    give_back(spent, 5, at=NOW)
    holds.capture(hold=make_hold(account=account, credits=80, at=NOW), credits=60, at=NOW)
    make_hold(account=account, credits=9, at=NOW)
    set_target(lots[2], 100, at=NOW)
    set_target(lots[2], 20, at=NOW)
    make_lot(account=account, credits=8, at=NOW, starts_at=NOW + timedelta(hours=1))
    make_lot(account=account, credits=9, at=NOW, starts_at=NOW + timedelta(days=9))
    make_spend(account=account, credits=1, at=NOW + timedelta(hours=2))
    make_account(credits=5)
    return account


def plant(sql, account):
    lots = account.lots.order_by("id").values_list("id", flat=True)
    words = ["first_lot", "second_lot", "third_lot", "last_lot", "begun_lot", "pending_lot"]
    names = dict(zip(words, lots, strict=True))
    open_back_door()
    if "clawback_target" in sql:  # no trigger works out the rest of such a row, either
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE credits_lot DISABLE TRIGGER lot_rules")
    assert write(sql, {"account": account.pk, **names}) == 1


TRANSACTION = "UPDATE credits_credittransaction SET {} WHERE account_id = %(account)s AND seq = {}"

CORRUPTIONS = {
    "a balance": "UPDATE credits_account SET balance = balance + 1 WHERE id = %(account)s",
    "what is held": "UPDATE credits_account SET held = held - 1 WHERE id = %(account)s",
    "the last number": "UPDATE credits_account SET last_seq = last_seq + 1 WHERE id = %(account)s",
    "a transaction's amount": TRANSACTION.format("amount = amount - 1", 5),
    "a running balance": TRANSACTION.format("balance_after = balance_after + 1", 5),
    "a number": TRANSACTION.format("seq = 99", 5),
    "a kind": TRANSACTION.format("kind = 'EXPIRY'", 5),
    "a missing entry": """
        DELETE FROM credits_entry WHERE id = (
            SELECT max(id) FROM credits_entry WHERE account_id = %(account)s)""",
    "an entry's amount": """
        UPDATE credits_entry SET amount = amount - 1 WHERE id = (
            SELECT max(id) FROM credits_entry WHERE account_id = %(account)s)""",
    "an entry's account": """
        UPDATE credits_entry SET account_id = account_id + 1 WHERE id = (
            SELECT max(id) FROM credits_entry WHERE account_id = %(account)s)""",
    "a transaction's lot": TRANSACTION.format("lot_id = %(first_lot)s", 4),
    "a lot that no transaction names": TRANSACTION.format("lot_id = NULL", 4),
    "a lot named beside entries": TRANSACTION.format("lot_id = %(first_lot)s", 5),
    "a lot's spent": "UPDATE credits_lot SET spent = spent + 1 WHERE id = %(second_lot)s",
    "a lot moved between two columns": """
        UPDATE credits_lot SET spent = spent - 1, expired = expired + 1
        WHERE id = %(second_lot)s""",
    "a lot that owes and is open": """
        UPDATE credits_lot SET clawback_target = 1 WHERE id = %(second_lot)s""",
    "a lot that paid more than it owed": """
        UPDATE credits_lot SET clawback_target = 0 WHERE id = %(third_lot)s""",
    "a lot made larger": "UPDATE credits_lot SET granted = granted + 1 WHERE id = %(last_lot)s",
    "an expiry nobody expects": """
        UPDATE credits_lot SET expires_at = now() WHERE id = %(third_lot)s""",
    "a start nobody expects": """
        UPDATE credits_lot SET starts_at = now() WHERE id = %(pending_lot)s""",
    "a lot that began unseen": "UPDATE credits_lot SET pending = 0 WHERE id = %(pending_lot)s",
    "a lot that does not say when it begins": """
        UPDATE credits_lot SET starts_at = NULL WHERE id = %(pending_lot)s""",
    "a capture": """
        UPDATE credits_holdentry SET captured = captured + 1 WHERE id = (
            SELECT max(id) FROM credits_holdentry WHERE account_id = %(account)s)""",
    "a hold's captured": """
        UPDATE credits_hold SET captured = captured - 1
        WHERE account_id = %(account)s AND status = 'CAPTURED'""",
    "a hold's status": """
        UPDATE credits_hold SET status = 'RELEASED', closed_at = now()
        WHERE account_id = %(account)s AND status = 'HELD'""",
    "a hold's operation": """
        UPDATE credits_hold SET operation = 'other'
        WHERE account_id = %(account)s AND status = 'HELD'""",
    "too much given back": """
        UPDATE credits_credittransaction SET undoes_id = (
            SELECT min(id) FROM credits_credittransaction WHERE account_id = %(account)s)
        WHERE account_id = %(account)s AND kind = 'GIVE_BACK'""",
}


class TestCheckLedger:
    def test_finds_nothing_where_nothing_is_wrong(self, account):
        assert check() == (0, "The ledger adds up.\n")

    @pytest.mark.parametrize("sql", CORRUPTIONS.values(), ids=CORRUPTIONS)
    def test_finds_a_planted_fault(self, account, sql):
        plant(sql, account)

        code, out = check()

        assert code == 1
        assert {line.split(":")[0].split(",")[0] for line in out.splitlines()} == {
            f"account {account.pk}"
        }

    def test_names_the_lot(self, account):
        lot = account.lots.order_by("id")[1]
        plant(CORRUPTIONS["a lot's spent"], account)

        _code, out = check()

        assert f"account {account.pk}, lot {lot.pk}: granted 100 spent" in out

    @pytest.mark.parametrize("batch", [1, 2])
    def test_looks_at_every_batch(self, account, batch):
        plant(CORRUPTIONS["a balance"], account)

        with pytest.raises(SystemExit):
            call_command("check_ledger", batch=batch, stdout=StringIO(), stderr=StringIO())


class TestExpireCredits:
    @pytest.fixture
    def due(self):
        past = timezone.now() - timedelta(days=9)
        account = make_account(credits=10, at=past, expires_at=past + timedelta(days=1))
        make_hold(account=account, credits=4, at=past, lasts=timedelta(days=1))
        return account

    def expire(self, **options):
        out = StringIO()
        call_command("expire_credits", stdout=out, **options)
        return out.getvalue()

    def test_lets_holds_go_and_sweeps_lots(self, due):
        assert self.expire() == "Expired 6 credits; let 1 holds go.\n"

        due.refresh_from_db()
        assert (due.balance, due.held, due.lots.get().expired) == (0, 0, 10)

    def test_only_looks_when_it_is_dry(self, due):
        assert self.expire(dry_run=True) == "Due: 6 credits in 1 lots, 1 holds.\n"

        due.refresh_from_db()
        assert (due.balance, due.held) == (6, 4)
