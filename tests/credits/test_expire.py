from datetime import timedelta

import pytest
from django.utils import timezone

from credits import ledger
from credits.models import CreditTransaction
from tests.credits.factories import make_account, make_lot, make_spend, movements, parts

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DUE = NOW + timedelta(days=1)


def make_expiring(credits=10, **fields):
    return make_lot(credits=credits, at=NOW, expires_at=DUE, **fields)


class TestExpire:
    def test_takes_what_is_left_of_due_lots(self):
        lot = make_expiring(credits=10)
        make_spend(account=lot.account, credits=4, at=NOW)
        keeps = make_lot(account=lot.account, credits=5)

        expired = ledger.expire(at=DUE)

        assert expired == 6
        assert parts(lot) == {"S": 4, "H": 0, "E": 6, "C": 0, "T": 0, "R": 0}
        assert parts(keeps)["R"] == 5
        assert movements(lot.account) == [10, -4, 5, -6]

    def test_leaves_alone_what_is_not_due(self):
        lot = make_expiring()

        assert ledger.expire(at=DUE - timedelta(microseconds=1)) == 0

        assert parts(lot)["R"] == 10

    def test_writes_one_transaction_for_all_due_lots_of_an_account(self):
        account = make_account()
        for _ in range(3):
            make_expiring(account=account)

        ledger.expire(at=DUE)

        swept = CreditTransaction.objects.get(kind="EXPIRY")
        assert (swept.amount, swept.movements.count(), swept.actor) == (-30, 3, "system")

    def test_goes_through_every_account_in_batches(self):
        lots = [make_expiring() for _ in range(7)]

        assert ledger.expire(at=DUE, batch=3) == 70

        assert [parts(lot)["R"] for lot in lots] == [0] * 7

    def test_changes_nothing_the_second_time(self):
        make_expiring()
        ledger.expire(at=DUE)

        assert ledger.expire(at=DUE) == 0

        assert CreditTransaction.objects.filter(kind="EXPIRY").count() == 1

    def test_finds_what_expires_next(self):
        lot = make_expiring()
        make_lot(account=lot.account, at=NOW, credits=1, expires_at=DUE + timedelta(days=1))

        ledger.expire(at=DUE)

        lot.account.refresh_from_db()
        assert lot.account.next_expiry_at == DUE + timedelta(days=1)


class TestBalance:
    def test_never_shows_expired_credits_swept_or_not(self):
        lot = make_expiring(credits=10)
        make_lot(account=lot.account, credits=5)

        assert ledger.balance(lot.account, at=NOW) == 15
        assert ledger.balance(lot.account, at=DUE) == 5
        ledger.expire(at=DUE)
        assert ledger.balance(lot.account, at=DUE) == 5

    def test_is_unknown_for_an_account_that_is_not_there(self):
        account = make_account()
        account.pk = 2**40

        with pytest.raises(ledger.UnknownAccount):
            ledger.balance(account)
