"""Raw SQL against the ledger: what the database itself refuses, whoever asks."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from credits import holds, ledger
from credits.models import CreditTransaction
from tests.credits.factories import (
    make_account,
    make_hold,
    make_lot,
    make_spend,
    movements,
    set_target,
)

pytestmark = pytest.mark.django_db


def execute(sql, *values):
    """Run an attack in a savepoint of its own, deferred constraints included."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.rowcount
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return rows


@pytest.fixture
def account():
    account = make_account()
    make_lot(account=account, credits=100)
    make_lot(account=account, credits=100)
    make_spend(account=account, credits=130)
    make_hold(account=account, credits=10, key="open")
    return account


ATTACKS = {
    "change a transaction's amount": (
        "UPDATE credits_credittransaction SET amount = -1 WHERE kind = 'SPEND'",
        "transaction_is_append_only",
    ),
    "change a transaction's words": (
        "UPDATE credits_credittransaction SET description = 'nothing'",
        "transaction_is_append_only",
    ),
    "delete a transaction": (
        "DELETE FROM credits_credittransaction WHERE kind = 'SPEND'",
        "transaction_is_append_only",
    ),
    "change an entry": ("UPDATE credits_entry SET amount = 1", "entry_is_append_only"),
    "delete an entry": ("DELETE FROM credits_entry", "entry_is_append_only"),
    "edit a balance": (
        "UPDATE credits_account SET balance = balance + 1",
        "account_numbers_are_written_by_verbs",
    ),
    "edit what is held": (
        "UPDATE credits_account SET held = held + 1",
        "account_numbers_are_written_by_verbs",
    ),
    "leave a gap in the numbers": (
        "UPDATE credits_account SET last_seq = last_seq + 1",
        "account_numbers_are_written_by_verbs",
    ),
    "put off an expiry": (
        "UPDATE credits_account SET next_expiry_at = '2100-01-01'",
        "account_numbers_are_written_by_verbs",
    ),
    "open an account that is not empty": (
        "INSERT INTO credits_account (balance, created_at) VALUES (5, now())",
        "account_opens_empty",
    ),
    "edit a lot consistently, without an entry": (
        "UPDATE credits_lot SET spent = spent - 5 WHERE spent > 5",
        "lot_is_written_by_verbs",
    ),
    "move a spend between two lots": (
        "UPDATE credits_lot SET spent = 130 - spent",
        "lot_is_written_by_verbs",
    ),
    "make a lot last longer": (
        "UPDATE credits_lot SET expires_at = '2100-01-01'",
        "lot_is_written_by_verbs",
    ),
    "make a lot larger": ("UPDATE credits_lot SET granted = 1000", "lot_is_written_by_verbs"),
    "delete a lot": ("DELETE FROM credits_lot", "lot_is_never_deleted"),
    "open a lot": (
        """INSERT INTO credits_lot (account_id, source, kind, granted, created_at)
           SELECT id, 'x', 'PROMOTION', 5, now() FROM credits_account""",
        "lot_is_written_by_verbs",
    ),
    "write a transaction": (
        """INSERT INTO credits_credittransaction
               (account_id, seq, kind, amount, balance_after, key, description, metadata, actor,
                created_at)
           SELECT id, 99, 'SPEND', -1, 69, 'x', '', '{}', '', now() FROM credits_account""",
        "transaction_is_written_by_verbs",
    ),
    "write an entry": (
        """INSERT INTO credits_entry (account_id, transaction_id, lot_id, amount)
           SELECT account_id, transaction_id, lot_id + 1, amount FROM credits_entry""",
        "entry_is_written_by_verbs",
    ),
    "call the verbs' own functions": (
        """SELECT credits_record_v1(id, 'GRANT', 5, ARRAY[1::bigint], ARRAY[5::bigint], 'x', NULL,
                                    '', '', '{}', '', now())
           FROM credits_account""",
        "account_numbers_are_written_by_verbs",
    ),
    "write a hold": (
        """INSERT INTO credits_hold
               (account_id, transaction_id, key, credits, status, expires_at, created_at)
           SELECT account_id, id, 'x', 1, 'HELD', now(), now() FROM credits_credittransaction""",
        "hold_is_written_by_verbs",
    ),
    "capture by hand": (
        "INSERT INTO credits_holdentry (account_id, hold_id, lot_id, captured) VALUES (1, 1, 1, 1)",
        "hold_entry_is_written_by_verbs",
    ),
    "change a hold": ("UPDATE credits_hold SET status = 'HELD'", "hold_is_written_by_verbs"),
    "capture more than is held": (
        "UPDATE credits_hold SET captured = credits, status = 'CAPTURED', closed_at = now()",
        "hold_is_written_by_verbs",
    ),
    "delete a hold": ("DELETE FROM credits_hold", "hold_is_never_deleted"),
    "change a capture": (
        "UPDATE credits_holdentry SET captured = 1",
        "hold_entry_is_append_only",
    ),
}


class TestRawSql:
    @pytest.mark.parametrize(("sql", "rule"), ATTACKS.values(), ids=ATTACKS)
    def test_cannot(self, account, sql, rule):
        with pytest.raises(IntegrityError, match=rule):
            execute(sql)

        assert movements(account) == [100, 100, -130, -10]
        assert ledger.balance(account) == 60

    def test_cannot_delete_an_account_that_has_a_history(self, account):
        with pytest.raises(IntegrityError, match="violates foreign key"):
            execute("DELETE FROM credits_account")

    @pytest.mark.parametrize(
        "table",
        [
            "credits_account",
            "credits_lot",
            "credits_credittransaction",
            "credits_entry",
            "credits_hold",
            "credits_holdentry",
        ],
    )
    def test_cannot_truncate(self, account, table):
        with transaction.atomic(), connection.cursor() as cursor:
            # The suite switches these guards off in its own database; here they are on again.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

            with pytest.raises(IntegrityError, match="is_never_truncated"), transaction.atomic():
                cursor.execute(f"TRUNCATE {table} CASCADE")

            transaction.set_rollback(True)
        assert movements(account) == [100, 100, -130, -10]

    def test_may_give_an_account_another_user(self, account):
        assert execute("UPDATE credits_account SET user_id = NULL") == 1


class TestVerbsInRawSql:
    def test_keep_all_the_rules(self, account):
        execute(
            """INSERT INTO credits_draw_v1
                   (account_id, kind, credits, key, description, metadata, actor, at)
               VALUES (%s, 'SPEND', 60, 'x', '', '{}', '', now())""",
            account.pk,
        )

        assert movements(account) == [100, 100, -130, -10, -60]


class TestARoleOfItsOwn:
    """What `docs/ledger.md` grants is enough for every verb, and not for the tables' triggers."""

    @pytest.fixture(autouse=True)
    def site(self):
        """Act as a role that owns nothing, until the end of the test's transaction."""
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE site_of_a_test")
            cursor.execute(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
                " TO site_of_a_test"
            )
            cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO site_of_a_test")
            cursor.execute("SET LOCAL ROLE site_of_a_test")
        yield
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")

    def test_uses_the_verbs(self):
        account = make_account(credits=100)
        [spent] = ledger.spend_many([ledger.Spend(account=account, credits=9, key="one")])
        assert isinstance(spent, CreditTransaction)
        ledger.give_back(transaction=spent, credits=4, key="back")
        holds.capture(hold=make_hold(account=account, credits=20), credits=15)
        ledger.adjust(account=account, credits=-5, reason="r", actor="a", key="down")
        set_target(account.lots.first(), 30)
        ledger.expire()

        assert ledger.balance(account) == 100 - 9 + 4 - 15 - 5 - 30

    def test_drops_no_guard(self):
        with pytest.raises(ProgrammingError, match="owner"):
            execute("ALTER TABLE credits_lot DISABLE TRIGGER lot_rules")


def test_a_spend_is_given_back_to_its_own_account(account):
    other = make_account(credits=10)
    spent = account.transactions.get(kind="SPEND")

    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO credits_give_back_v1
                   (account_id, undoes_id, credits, key, description, metadata, actor, at)
               VALUES (%s, %s, 1, 'theirs', '', '{}', '', now())
               RETURNING transaction_id, available""",
            [other.pk, spent.pk],
        )
        assert cursor.fetchone() == (None, 0)

    assert movements(other) == [10]
