import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from credits import audit, holds, ledger
from credits.heartbeat import heart
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


@pytest.fixture
def let_go(account):
    """A hold of 20 that let go by itself, of an account that has 30."""
    held = make_hold(
        account=account,
        credits=20,
        key="job",
        operation="train",
        description="Training",
        metadata={"job": 7},
        at=NOW - timedelta(hours=2),
        lasts=timedelta(hours=1),
    )
    assert holds.expire_holds() == 1
    return held


class TestCaptureAfterTheHoldHasGone:
    def test_is_paid_for_from_the_balance_and_says_so(self, account, let_go):
        captured = holds.capture(hold=let_go, credits=12, actor="worker")

        late = account.transactions.get(kind="SPEND")
        assert captured.late == late
        assert (captured.status, captured.captured) == ("EXPIRED", 0)
        assert (late.amount, late.operation, late.description) == (-12, "train", "Training")
        assert late.metadata == {"job": 7, "hold": let_go.pk, "asked": 12}
        assert late.actor == "worker"
        assert ledger.balance(account) == 18

    def test_takes_what_is_there(self, account, let_go):
        make_spend(account=account, credits=25)

        captured = holds.capture(hold=let_go, credits=12)

        assert captured.late
        assert captured.late.amount == -5
        assert ledger.balance(account) == 0

    def test_happens_once(self, account, let_go):
        make_spend(account=account, credits=25)
        first = holds.capture(hold=let_go, credits=12)
        make_lot(account=account, credits=100)

        again = holds.capture(hold=let_go, credits=12)

        assert again.late == first.late
        assert ledger.balance(account) == 100
        with pytest.raises(ledger.HoldClosed):
            holds.capture(hold=let_go, credits=5)

    def test_is_refused_when_nothing_is_there(self, account, let_go):
        make_spend(account=account, credits=30)

        with pytest.raises(ledger.HoldClosed) as refused:
            holds.capture(hold=let_go, credits=1)

        assert refused.value.hold.status == "EXPIRED"
        make_lot(account=account, credits=5)
        assert holds.capture(hold=let_go, credits=1).late

    def test_leaves_what_is_owed_where_a_lien_is_kept(self, account, let_go, settings):
        settings.CREDITS_SHORTFALL_POLICY = "lien"
        make_spend(account=account, credits=10)
        set_target(lots(account)[0], 8)

        captured = holds.capture(hold=let_go, credits=20)

        assert captured.late
        assert captured.late.amount == -12

    def test_breaks_no_transaction(self, account, let_go):
        make_spend(account=account, credits=25)

        with transaction.atomic():
            holds.capture(hold=let_go, credits=12)
            with pytest.raises(ledger.HoldClosed):
                holds.capture(hold=let_go, credits=11)

        assert ledger.balance(account) == 0

    def test_can_be_given_back(self, account, let_go):
        captured = holds.capture(hold=let_go, credits=12)

        give_back(captured.late, 12)

        assert ledger.balance(account) == 30

    def test_adds_up(self, account, let_go):
        holds.capture(hold=let_go, credits=12)

        assert list(audit.faults()) == []

    def test_in_time_has_no_late_spend(self, account):
        held = make_hold(account=account)

        assert holds.capture(hold=held, credits=1).late is None


class TestExtend:
    def test_lets_a_hold_last_so_long_from_now(self, account):
        held = make_hold(account=account, at=NOW, lasts=timedelta(hours=1))

        extended = holds.extend(hold=held, lasts=timedelta(hours=1), at=NOW + timedelta(minutes=50))

        assert extended.expires_at == NOW + timedelta(minutes=110)
        assert holds.expire_holds(at=NOW + timedelta(minutes=109)) == 0
        assert holds.expire_holds(at=NOW + timedelta(minutes=110)) == 1
        assert held.expires_at == NOW + timedelta(hours=1)

    def test_lasts_as_the_setting_says_unless_told(self, account, settings):
        settings.CREDITS_HOLD_MINUTES = 5
        held = make_hold(account=account, at=NOW)

        assert holds.extend(hold=held, at=NOW + timedelta(minutes=4)).expires_at == (
            NOW + timedelta(minutes=9)
        )

    def test_never_makes_it_shorter(self, account):
        held = make_hold(account=account, at=NOW, lasts=timedelta(hours=2))

        assert holds.extend(hold=held, lasts=timedelta(minutes=1), at=NOW).expires_at == (
            NOW + timedelta(hours=2)
        )

    def test_goes_no_further_than_the_longest_that_a_hold_may_last(self, account, settings):
        settings.CREDITS_HOLD_LONGEST_MINUTES = 90
        held = make_hold(account=account, at=NOW, lasts=timedelta(hours=1))

        extended = holds.extend(hold=held, lasts=timedelta(hours=1), at=NOW + timedelta(minutes=50))

        assert extended.expires_at == NOW + timedelta(minutes=90)

    @pytest.mark.parametrize(
        "close", [holds.release, lambda hold: holds.capture(hold=hold, credits=1)]
    )
    def test_is_refused_of_a_hold_that_is_closed(self, account, close):
        held = make_hold(account=account)
        close(hold=held)

        with pytest.raises(ledger.HoldClosed) as refused:
            holds.extend(hold=held)

        assert refused.value.hold.status != "HELD"

    def test_moves_no_credits(self, account):
        held = make_hold(account=account, credits=5)

        holds.extend(hold=held, lasts=timedelta(days=1))

        assert movements(account) == [10, 10, 10, -5]
        assert list(audit.faults()) == []

    @pytest.mark.parametrize(
        "lasts", [timedelta(0), timedelta(seconds=-1), timedelta(days=8), 60, "1"]
    )
    def test_takes_a_time_that_a_hold_may_last(self, account, lasts):
        held = make_hold(account=account)

        with pytest.raises(ledger.InvalidOperation, match="a hold lasts a timedelta above zero"):
            holds.extend(hold=held, lasts=lasts)
        with pytest.raises(ledger.InvalidOperation, match="at most 7 days"):
            make_hold(account=account, lasts=lasts)


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
            holds.extend(hold=due)

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

    def test_lets_an_old_hold_last_anew(self, account):
        held = make_hold(account=account, credits=20, key="job", at=NOW - timedelta(minutes=45))

        with holds.reserve(account=account, credits=20, key="job"):
            held.refresh_from_db()
            assert held.expires_at > NOW + timedelta(minutes=55)

    def test_is_paid_for_though_the_hold_let_go_while_it_ran(self, account):
        with holds.reserve(account=account, credits=20, key="job") as reservation:
            holds.expire_holds(at=NOW + timedelta(days=1))

        assert reservation.hold.late
        assert ledger.balance(account) == 10


@pytest.mark.django_db(transaction=True)
class TestReserveWhileItRuns:
    """With times of a moment, and waiting for what must come of them."""

    def wait(self, condition):
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.01)

    def test_extends_the_hold(self, account):
        with holds.reserve(
            account=account, credits=20, key="job", lasts=timedelta(seconds=0.3)
        ) as reservation:
            first = reservation.hold.expires_at
            self.wait(lambda: Hold.objects.get().expires_at > first + timedelta(seconds=1))

        assert reservation.hold.status == "CAPTURED"

    def test_extends_while_the_block_keeps_the_account_to_itself(self, account):
        with holds.reserve(
            account=account, credits=20, key="job", lasts=timedelta(seconds=0.3)
        ) as reservation:
            first = reservation.hold.expires_at
            with transaction.atomic():
                make_spend(account=account)
                self.wait(lambda: Hold.objects.get().expires_at > first)

        assert reservation.hold.status == "CAPTURED"

    def test_does_nothing_inside_of_a_transaction(self, account):
        with (
            transaction.atomic(),
            holds.reserve(account=account, credits=20, key="job", lasts=timedelta(seconds=0.01)),
        ):
            assert not heart._beats  # noqa: SLF001

    def test_beats_no_longer_than_a_hold_may_last(self, account, settings):
        settings.CREDITS_HOLD_LONGEST_MINUTES = 60
        with holds.reserve(
            account=account, credits=20, key="job", lasts=timedelta(minutes=60)
        ) as reservation:
            assert holds.extend(hold=reservation.hold).expires_at == reservation.hold.expires_at
