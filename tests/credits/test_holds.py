from datetime import timedelta

import pytest
from django.utils import timezone

from credits import holds, ledger
from credits.models import Hold
from tests.credits.factories import (
    fields,
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_spend,
    movements,
    parts,
    set_target,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def account():
    """An account with three lots of 10."""
    account = make_account()
    for _ in range(3):
        make_lot(account=account, credits=10, at=NOW)
    return account


def lots(account):
    return list(account.lots.order_by("id"))


class TestHold:
    def test_takes_credits_out_of_the_balance(self, account):
        held = make_hold(account=account, credits=15)

        assert ledger.balance(account) == 15
        account.refresh_from_db()
        assert (account.balance, account.held) == (15, 15)
        assert [parts(lot)["H"] for lot in lots(account)] == [10, 5, 0]
        assert (held.status, held.credits, held.captured) == ("HELD", 15, 0)

    def test_lasts_as_long_as_the_setting_says(self, account, settings):
        settings.CREDITS_HOLD_MINUTES = 5

        assert make_hold(account=account, at=NOW).expires_at == NOW + timedelta(minutes=5)
        assert make_hold(
            account=account, at=NOW, lasts=timedelta(days=2)
        ).expires_at == NOW + timedelta(days=2)

    def test_is_refused_beyond_the_balance(self, account):
        make_hold(account=account, credits=25)

        with pytest.raises(ledger.InsufficientCredits) as refused:
            make_hold(account=account, credits=6)

        assert refused.value.available == 5
        assert Hold.objects.count() == 1

    def test_happens_once_per_key(self, account):
        first = make_hold(account=account, credits=5, key="job")
        again = make_hold(account=account, credits=5, key="job")

        assert fields(again) == fields(first)
        with pytest.raises(ledger.KeyConflict):
            make_hold(account=account, credits=6, key="job")
        with pytest.raises(ledger.KeyConflict):
            make_spend(account=account, credits=5, key="job")
        with pytest.raises(ledger.KeyConflict):
            make_hold(account=account, credits=5, key="job", operation="train")


class TestCapture:
    def test_spends_the_lots_taken_first_and_returns_the_rest(self, account):
        held = make_hold(account=account, credits=25)

        captured = holds.capture(hold=held, credits=12)

        assert (captured.status, captured.captured) == ("CAPTURED", 12)
        assert [(parts(lot)["S"], parts(lot)["H"]) for lot in lots(account)] == [
            (10, 0),
            (2, 0),
            (0, 0),
        ]
        assert movements(account) == [10, 10, 10, -25, 13]
        account.refresh_from_db()
        assert (account.balance, account.held) == (18, 0)

    def test_of_everything_moves_nothing_else(self, account):
        held = make_hold(account=account, credits=25)

        holds.capture(hold=held, credits=25)

        assert movements(account) == [10, 10, 10, -25]
        assert [entry.captured for entry in held.entries.order_by("id")] == [10, 10, 5]

    def test_lets_the_rest_go_for_the_same_operation(self, account):
        held = make_hold(account=account, credits=25, operation="train")

        captured = holds.capture(hold=held, credits=12)

        assert (held.operation, captured.transaction.operation) == ("train", "train")
        assert account.transactions.get(kind="RELEASE").operation == "train"

    def test_happens_once(self, account):
        held = make_hold(account=account, credits=25)

        first = holds.capture(hold=held, credits=12)
        again = holds.capture(hold=held, credits=12)

        assert fields(again) == fields(first)
        with pytest.raises(ledger.HoldClosed):
            holds.capture(hold=held, credits=13)
        with pytest.raises(ledger.HoldClosed):
            holds.release(hold=held)

    @pytest.mark.parametrize("credits", [0, -1, 26, 1.5])
    def test_refuses_what_was_not_held(self, account, credits):
        held = make_hold(account=account, credits=25)

        with pytest.raises(ledger.InvalidOperation):
            holds.capture(hold=held, credits=credits)

    def test_uses_credits_that_expired_meanwhile(self):
        account = make_account(credits=10, at=NOW, expires_at=NOW + timedelta(days=1))
        held = make_hold(account=account, credits=10, at=NOW)

        holds.capture(hold=held, credits=4, at=NOW + timedelta(days=2))

        assert parts(account.lots.get()) == {"S": 4, "H": 0, "E": 6, "C": 0, "T": 0, "R": 0}
        assert movements(account) == [10, -10, 6, -6]

    def test_can_be_given_back(self, account):
        held = make_hold(account=account, credits=25)
        holds.capture(hold=held, credits=12)

        give_back(held.transaction, 5)

        assert [parts(lot)["S"] for lot in lots(account)] == [7, 0, 0]
        with pytest.raises(ledger.NothingToGiveBack):
            give_back(held.transaction, 8)


class TestRelease:
    def test_returns_everything(self, account):
        held = make_hold(account=account, credits=25)

        released = holds.release(hold=held)

        assert (released.status, released.captured) == ("RELEASED", 0)
        assert movements(account) == [10, 10, 10, -25, 25]
        assert [parts(lot)["R"] for lot in lots(account)] == [10, 10, 10]
        assert fields(holds.release(hold=held)) == fields(released)

    def test_cannot_be_captured_afterwards(self, account):
        held = make_hold(account=account)
        holds.release(hold=held)

        with pytest.raises(ledger.HoldClosed) as refused:
            holds.capture(hold=held, credits=1)

        assert refused.value.hold.status == "RELEASED"

    def test_pays_a_clawback_before_anyone_can_spend(self):
        lot = make_lot(credits=100)
        held = make_hold(account=lot.account, credits=80)
        set_target(lot, 70)

        holds.release(hold=held)

        assert movements(lot.account) == [100, -80, -20, 80, -50]
        assert parts(lot) == {"S": 0, "H": 0, "E": 0, "C": 70, "T": 70, "R": 30}

    def test_cannot_be_given_back(self, account):
        held = make_hold(account=account)
        holds.release(hold=held)

        with pytest.raises(ledger.NothingToGiveBack):
            give_back(held.transaction, 1)


class TestExpireHolds:
    def test_lets_go_what_nobody_closed(self, account):
        due = make_hold(account=account, credits=5, at=NOW, lasts=timedelta(minutes=1))
        make_hold(account=account, credits=6, at=NOW, lasts=timedelta(minutes=2))

        assert holds.expire_holds(at=NOW + timedelta(minutes=1), batch=1) == 1

        due.refresh_from_db()
        assert (due.status, ledger.balance(account)) == ("EXPIRED", 24)
        with pytest.raises(ledger.HoldClosed):
            holds.capture(hold=due, credits=1)

    def test_goes_through_all_of_them(self, account):
        for _ in range(5):
            make_hold(account=account, credits=1, at=NOW, lasts=timedelta(minutes=1))

        assert holds.expire_holds(at=NOW + timedelta(hours=1), batch=2) == 5
        assert ledger.balance(account) == 30


class TestReserve:
    def test_captures_what_was_used(self, account):
        with holds.reserve(account=account, credits=20, key="job") as reservation:
            assert ledger.balance(account) == 10
            reservation.used = 7

        assert reservation.hold.status == "CAPTURED"
        assert ledger.balance(account) == 23

    def test_captures_everything_unless_told(self, account):
        with holds.reserve(account=account, credits=20, key="job"):
            pass

        assert ledger.balance(account) == 10

    def test_releases_when_nothing_was_used(self, account):
        with holds.reserve(account=account, credits=20, key="job") as reservation:
            reservation.used = 0

        assert (reservation.hold.status, ledger.balance(account)) == ("RELEASED", 30)

    def test_releases_when_the_work_fails(self, account):
        with (
            pytest.raises(ZeroDivisionError),
            holds.reserve(account=account, credits=20, key="job"),
        ):
            1 / 0  # noqa: B018

        assert Hold.objects.get().status == "RELEASED"
        assert ledger.balance(account) == 30

    def test_finds_its_own_hold_after_a_crash(self, account):
        make_hold(account=account, credits=20, key="job")

        with holds.reserve(account=account, credits=20, key="job"):
            pass

        assert movements(account) == [10, 10, 10, -20]

    def test_refuses_work_that_was_done(self, account):
        with holds.reserve(account=account, credits=20, key="job"):
            pass

        with (
            pytest.raises(ledger.HoldClosed),
            holds.reserve(account=account, credits=20, key="job"),
        ):
            pytest.fail("the work ran again")
