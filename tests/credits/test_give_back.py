from datetime import timedelta

import pytest
from django.utils import timezone

from credits import ledger
from tests.credits.factories import (
    fields,
    give_back,
    make_account,
    make_lot,
    make_spend,
    movements,
    parts,
    set_target,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


class TestGiveBack:
    def test_returns_credits_to_the_lots_last_taken_first(self):
        account = make_account()
        first, second = (make_lot(account=account, credits=10) for _ in range(2))
        spent = make_spend(account=account, credits=15)

        returned = give_back(spent, 7)

        assert [(e.lot, e.amount) for e in returned.entries.order_by("id")] == [
            (second, 5),
            (first, 2),
        ]
        assert (parts(first)["S"], parts(second)["S"]) == (8, 0)
        assert ledger.balance(account) == 12

    def test_goes_on_where_the_last_one_stopped(self):
        account = make_account()
        first, second = (make_lot(account=account, credits=10) for _ in range(2))
        spent = make_spend(account=account, credits=20)

        give_back(spent, 4)
        give_back(spent, 8)

        assert (parts(first)["R"], parts(second)["R"]) == (2, 10)

    def test_returns_what_is_stored(self):
        spent = make_spend(account=make_account(credits=10), credits=10)

        returned = give_back(spent, 4, description="Failed", metadata={"job": 1}, actor="api")

        stored = type(returned).objects.get(pk=returned.pk)
        assert fields(returned) == fields(stored)
        assert (stored.amount, stored.balance_after, stored.undoes) == (4, 4, spent)

    def test_to_a_lot_whose_time_is_over_expires_in_the_same_statement(self):
        account = make_account()
        make_lot(account=account, credits=10, at=NOW, expires_at=NOW + timedelta(days=1))
        spent = make_spend(account=account, credits=10, at=NOW)

        give_back(spent, 4, at=NOW + timedelta(days=2))

        assert movements(account) == [10, -10, 4, -4]

    def test_has_the_operation_of_what_it_undoes(self):
        spent = make_spend(account=make_account(credits=10), credits=10, operation="report")

        first = give_back(spent, 4, key="back")
        again = give_back(spent, 4, key="back")

        assert (first.operation, again.operation) == ("report", "report")

    def test_never_returns_more_than_was_used(self):
        spent = make_spend(account=make_account(credits=10), credits=10)
        give_back(spent, 4)

        with pytest.raises(ledger.NothingToGiveBack) as refused:
            give_back(spent, 7)

        assert (refused.value.requested, refused.value.available) == (7, 6)
        assert movements(spent.account) == [10, -10, 4]

    def test_returns_nothing_of_what_was_no_spend(self):
        account = make_account(credits=10)

        with pytest.raises(ledger.NothingToGiveBack):
            give_back(account.transactions.get(), 1)

    def test_happens_once_per_key(self):
        spent = make_spend(account=make_account(credits=10), credits=10)

        first = give_back(spent, 4, key="job")
        again = give_back(spent, 4, key="job")

        assert again == first
        assert movements(spent.account) == [10, -10, 4]

    def test_refuses_a_key_that_was_used_for_something_else(self):
        account = make_account(credits=10)
        one, other = make_spend(account=account, credits=5), make_spend(account=account, credits=5)
        give_back(one, 4, key="job")

        for transaction, credits in [(one, 3), (other, 4)]:
            with pytest.raises(ledger.KeyConflict):
                give_back(transaction, credits, key="job")

        assert ledger.balance(account) == 4

    def test_pays_a_clawback_before_anyone_can_spend(self):
        account = make_account()
        lot = make_lot(account=account, credits=100)
        spent = make_spend(account=account, credits=80)
        set_target(lot, 100)

        give_back(spent, 50)

        assert movements(account) == [100, -80, -20, 50, -50]
        assert parts(lot) == {"S": 30, "H": 0, "E": 0, "C": 70, "T": 100, "R": 0}
        assert lot.shortfall == 30

    def test_keeps_what_a_clawback_leaves(self):
        account = make_account()
        lot = make_lot(account=account, credits=100)
        spent = make_spend(account=account, credits=80)
        set_target(lot, 40)

        give_back(spent, 50)

        assert movements(account) == [100, -80, -20, 50, -20]
        assert parts(lot) == {"S": 30, "H": 0, "E": 0, "C": 40, "T": 40, "R": 30}

    def test_expires_what_returns_to_an_expired_lot(self):
        account = make_account(at=NOW, credits=10, expires_at=NOW + timedelta(days=1))
        other = make_lot(account=account, credits=10)
        spent = make_spend(account=account, credits=15, at=NOW)

        give_back(spent, 12, at=NOW + timedelta(days=1))

        assert movements(account) == [10, 10, -15, 12, -7]
        assert parts(other)["R"] == 10

    def test_minds_the_expiry_of_a_lot_that_is_open_again(self):
        account = make_account(at=NOW, credits=10, expires_at=NOW + timedelta(days=5))
        spent = make_spend(account=account, credits=10, at=NOW)
        make_lot(account=account, credits=1, at=NOW, expires_at=NOW + timedelta(days=1))
        ledger.expire(at=NOW + timedelta(days=2))

        give_back(spent, 10, at=NOW + timedelta(days=3))

        assert ledger.balance(account, at=NOW + timedelta(days=4)) == 10
        assert ledger.balance(account, at=NOW + timedelta(days=5)) == 0
