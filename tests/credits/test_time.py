"""When an operation can have happened: not before its account, not in the future."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from credits import holds, ledger, write_offs
from credits.models import Account, CreditTransaction, Lot
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_spend,
    set_target,
)
from tests.credits.sql import rule_of_time
from tests.credits.test_refused import books

pytestmark = pytest.mark.django_db

ALLOWED = timedelta(minutes=4)
TOO_FAR = timedelta(minutes=6)


@pytest.fixture(autouse=True)
def _rule():
    """Put back the rule, from which the suite has freed its database."""
    with connection.cursor() as cursor:
        cursor.execute(rule_of_time())


class Scene:
    """An account that has something for each verb, and a lot that expires in five days."""

    def __init__(self):
        self.now = timezone.now()
        self.account = make_account()
        self.dated = make_lot(
            account=self.account, credits=100, expires_at=self.now + timedelta(days=5)
        )
        make_lot(account=self.account, credits=5)
        self.spent = make_spend(account=self.account, credits=10, key="spend")
        self.held = make_hold(account=self.account, credits=10, key="hold")
        self.owing = make_lot(account=self.account, credits=10, source="owing", priority=0)
        make_spend(account=self.account, credits=10, key="used")
        self.owing = set_target(self.owing, 10, key="owed")


def adjust(scene, credits, at):
    return ledger.adjust(
        account=scene.account, credits=credits, reason="r", actor="a", key="new", at=at
    )


def spend_many(scene, at):
    one = ledger.Spend(account=scene.account, credits=1, key="new")
    [answer] = ledger.spend_many([one], at=at)
    if isinstance(answer, ledger.LedgerError):
        raise answer


def write_off(scene, at):
    return write_offs.write_off(lot=scene.owing, credits=1, reason="r", actor="a", key="new", at=at)


VERBS = {
    "grant": lambda s, at: make_lot(account=s.account, credits=1, source="new", at=at),
    "spend": lambda s, at: make_spend(account=s.account, credits=1, key="new", at=at),
    "spend of two lots": lambda s, at: make_spend(account=s.account, credits=81, key="new", at=at),
    "spend again": lambda s, at: make_spend(account=s.account, credits=10, key="spend", at=at),
    "spend_many": spend_many,
    "give_back": lambda s, at: give_back(s.spent, 1, key="new", at=at),
    "set_clawback_target": lambda s, at: set_target(s.dated, 1, key="new", at=at),
    "adjust upwards": lambda s, at: adjust(s, 1, at),
    "adjust downwards": lambda s, at: adjust(s, -1, at),
    "hold": lambda s, at: make_hold(account=s.account, credits=1, key="new", at=at),
    "capture": lambda s, at: holds.capture(hold=s.held, credits=1, at=at),
    "release": lambda s, at: holds.release(hold=s.held, at=at),
    "extend": lambda s, at: holds.extend(hold=s.held, at=at),
    "write_off": write_off,
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
class TestAVerb:
    def test_is_refused_in_the_future(self, verb):
        scene = Scene()
        before = books()

        with pytest.raises(
            ledger.InvalidOperation, match="no later than the clock of the database"
        ):
            verb(scene, scene.now + TOO_FAR)

        assert books() == before

    def test_is_refused_before_its_account_was_opened(self, verb):
        scene = Scene()
        before = books()

        with pytest.raises(ledger.InvalidOperation, match="no earlier than its account"):
            verb(scene, scene.account.created_at - TOO_FAR)

        assert books() == before

    @pytest.mark.parametrize("off", [ALLOWED, -ALLOWED])
    def test_may_be_off_by_as_much_as_the_clock_of_a_host(self, verb, off):
        verb(scene := Scene(), scene.now + off)


class TestASweep:
    def test_expires_nothing_of_the_future(self):
        scene = Scene()
        before = books()

        with pytest.raises(ledger.InvalidOperation):
            ledger.expire(at=scene.now + timedelta(days=6))

        assert books() == before

    def test_lets_go_of_no_hold_of_the_future(self):
        scene = Scene()
        before = books()

        with pytest.raises(ledger.InvalidOperation):
            holds.expire_holds(at=scene.now + timedelta(days=6))

        assert books() == before

    def test_of_the_future_is_fine_where_nothing_is_due_then(self):
        assert ledger.expire(at=timezone.now() + timedelta(days=6)) == 0


class TestAnOldOperation:
    """One that a host tells of late."""

    @pytest.fixture
    def account(self):
        account = make_account()
        Account.objects.update(created_at=timezone.now() - timedelta(days=30))
        return account

    def test_is_recorded_as_told(self, account):
        old = timezone.now() - timedelta(days=3)
        make_lot(account=account, credits=10)

        spent = make_spend(account=account, credits=1, key="late", at=old)

        assert CreditTransaction.objects.get(pk=spent.pk).created_at == old

    def test_brings_no_credits_back_whose_time_is_over(self, account):
        ended = timezone.now() - timedelta(days=2)
        make_lot(account=account, credits=10, expires_at=ended, at=ended - timedelta(days=2))
        spent = make_spend(account=account, credits=4, key="k", at=ended - timedelta(days=1))
        assert ledger.expire() == 6

        give_back(spent, 4, key="late", at=ended - timedelta(hours=1))

        assert ledger.balance(account) == 0
        assert ledger.expire() == 4

    def test_moves_no_expiry_backwards(self, account):
        ends = timezone.now() + timedelta(days=90)
        lot = make_lot(account=account, credits=10, expires_at=ends)
        lot = set_target(lot, 10, key="refunded")

        set_target(lot, 0, key="won", at=timezone.now() - timedelta(days=20))

        assert Lot.objects.get(pk=lot.pk).expires_at == ends
        account.refresh_from_db()
        assert account.next_expiry_at == ends
