from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from credits import audit, ledger
from credits.models import Account, CreditTransaction
from tests.credits.factories import fields, make_account, make_lot, movements, parts, set_target

pytestmark = pytest.mark.django_db


def spend(account, credits, key):
    return ledger.Spend(account=account, credits=credits, key=key)


class TestSpendMany:
    def test_answers_each_spend_in_its_place(self):
        rich, poor = make_account(credits=100), make_account(credits=5)

        answers: list = ledger.spend_many(
            [
                spend(poor, 3, "a"),
                spend(rich, 10, "b"),
                spend(poor, 3, "c"),
                spend(rich, 10, "b"),
                spend(rich, 11, "b"),
                spend(poor, 2, "d"),
                spend(Account(pk=2**40), 1, "e"),
                spend(Account(), 1, "f"),
            ]
        )

        a, b, c, again, conflict, d, nobody, unsaved = answers
        assert (a.amount, a.balance_after, d.balance_after) == (-3, 2, 0)
        assert (c.requested, c.available) == (3, 2)
        assert fields(again) == fields(b)
        assert isinstance(conflict, ledger.KeyConflict)
        assert isinstance(nobody, ledger.UnknownAccount)
        assert isinstance(unsaved, ledger.UnknownAccount)
        assert movements(rich) == [100, -10]
        assert movements(poor) == [5, -3, -2]

    def test_does_nothing_if_one_of_them_cannot_be(self):
        account = make_account(credits=10)

        with pytest.raises(ledger.InvalidOperation):
            ledger.spend_many([spend(account, 1, "a"), spend(account, 0, "b")])

        assert movements(account) == [10]

    def test_of_nothing_is_nothing(self):
        assert ledger.spend_many([]) == []

    def test_writes_what_single_spends_would(self):
        account, other = make_account(credits=100), make_account(credits=100)

        answers: list = ledger.spend_many(
            [
                ledger.Spend(
                    account=account,
                    credits=30,
                    key="one",
                    description='It\'s "quoted", {and} \\ more',
                    metadata={"a": [1, None], "b": "ü"},
                    actor="meter",
                ),
                spend(other, 1, "one"),
                spend(account, 20, "two"),
            ]
        )

        first, _elsewhere, second = answers
        for answer in answers:
            assert fields(answer) == fields(CreditTransaction.objects.get(pk=answer.pk))
        assert (first.seq, first.balance_after) == (2, 70)
        assert (second.seq, second.balance_after) == (3, 50)
        assert first.description == 'It\'s "quoted", {and} \\ more'
        assert first.metadata == {"a": [1, None], "b": "ü"}
        assert list(audit.faults()) == []

    def test_repeated_later_answers_as_before(self):
        account = make_account(credits=100)
        before: list = ledger.spend_many([spend(account, 30, "one"), spend(account, 20, "two")])

        again: list = ledger.spend_many([spend(account, 20, "two"), spend(account, 5, "three")])

        assert fields(again[0]) == fields(before[1])
        assert movements(account) == [100, -30, -20, -5]

    def test_of_more_than_a_number_can_hold_are_refused_one_by_one(self):
        account, other = make_account(credits=10), make_account(credits=10)
        wanted = [spend(account, 2**53 - 1, f"key {n}") for n in range(1_025)]

        *refused, done = ledger.spend_many([*wanted, spend(other, 1, "one")])

        assert {type(answer) for answer in refused} == {ledger.InsufficientCredits}
        assert movements(other) == [10, -1]
        assert isinstance(done, CreditTransaction)

    def test_goes_on_to_the_next_lot(self):
        account = make_account()
        soon = make_lot(account=account, credits=5, expires_at=timezone.now() + timedelta(days=1))
        late = make_lot(account=account, credits=10)

        ledger.spend_many([spend(account, 4, "one"), spend(account, 4, "two")])

        assert (parts(soon)["S"], parts(late)["S"]) == (5, 3)

    def test_takes_nothing_from_a_lot_that_expires_now(self):
        now = timezone.now()
        account = make_account()
        make_lot(account=account, credits=5, at=now, expires_at=now + timedelta(days=1))
        make_lot(account=account, credits=10, at=now)

        ledger.spend_many([spend(account, 4, "one")], at=now + timedelta(days=1))

        assert movements(account) == [5, 10, -5, -4]

    def test_leaves_what_is_owed(self, settings):
        settings.CREDITS_SHORTFALL_POLICY = "lien"
        account = make_account()
        lot = make_lot(account=account, credits=10)
        ledger.spend_many([spend(account, 8, "before")])
        set_target(lot, 10)
        make_lot(account=account, credits=10)

        answers: list = ledger.spend_many([spend(account, 2, "fits"), spend(account, 1, "more")])

        assert answers[0].amount == -2
        assert (answers[1].requested, answers[1].available) == (1, 0)

    def test_writes_each_table_once(self):
        accounts = [make_account(credits=100) for _ in range(20)]
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE written (name text)")
            cursor.execute(
                """CREATE FUNCTION pg_temp.count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   INSERT INTO written VALUES (TG_TABLE_NAME); RETURN NULL; END $$"""
            )
            for table in ("account", "lot", "credittransaction", "entry"):
                cursor.execute(
                    f"""CREATE TRIGGER count_it AFTER INSERT OR UPDATE ON credits_{table}
                        FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.count_it()"""
                )

        ledger.spend_many([spend(account, 1, "one") for account in accounts])

        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM written ORDER BY name")
            assert [name for (name,) in cursor.fetchall()] == [
                "credits_account",
                "credits_credittransaction",
                "credits_lot",
            ]
