import pytest

from credits import ledger
from credits.models import Account
from tests.credits.factories import fields, make_account, movements

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
            ]
        )

        a, b, c, again, conflict, d, nobody = answers
        assert (a.amount, a.balance_after, d.balance_after) == (-3, 2, 0)
        assert (c.requested, c.available) == (3, 2)
        assert fields(again) == fields(b)
        assert isinstance(conflict, ledger.KeyConflict)
        assert isinstance(nobody, ledger.UnknownAccount)
        assert movements(rich) == [100, -10]
        assert movements(poor) == [5, -3, -2]

    def test_does_nothing_if_one_of_them_cannot_be(self):
        account = make_account(credits=10)

        with pytest.raises(ledger.InvalidOperation):
            ledger.spend_many([spend(account, 1, "a"), spend(account, 0, "b")])

        assert movements(account) == [10]

    def test_of_nothing_is_nothing(self):
        assert ledger.spend_many([]) == []
