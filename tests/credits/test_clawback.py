from datetime import timedelta

import pytest
from django.utils import timezone

from credits import ledger
from credits.models import CreditTransaction, Lot
from tests.credits.factories import (
    give_back,
    make_lot,
    make_spend,
    movements,
    parts,
    set_target,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def lot_of(n):
    return make_lot(credits=n, kind=Lot.Kind.PURCHASE, at=NOW)


class TestVectors:
    """The ledger's half of the table in the design: targets, not cents."""

    @pytest.mark.parametrize(
        ("n", "spent", "targets", "end", "moved"),
        [
            (100, 0, [33], {"C": 33, "R": 67, "short": 0}, [100, -33]),
            (100, 0, [0], {"C": 0, "R": 100, "short": 0}, [100]),
            (100, 0, [33, 66, 100], {"C": 100, "R": 0, "short": 0}, [100, -33, -33, -34]),
            (100, 0, range(1, 101), {"C": 100, "R": 0, "short": 0}, [100, *[-1] * 100]),
            (100, 30, [50], {"S": 30, "C": 50, "R": 20, "short": 0}, [100, -30, -50]),
            (100, 80, [50], {"S": 80, "C": 20, "R": 0, "short": 30}, [100, -80, -20]),
            (100, 80, [100], {"S": 80, "C": 20, "R": 0, "short": 80}, [100, -80, -20]),
            (100, 80, [100, 0], {"S": 80, "C": 0, "R": 20, "short": 0}, [100, -80, -20, 20]),
            (100, 80, [100, 40], {"S": 80, "C": 20, "R": 0, "short": 20}, [100, -80, -20]),
            (100, 80, [100, 15], {"S": 80, "C": 15, "R": 5, "short": 0}, [100, -80, -20, 5]),
            (100, 0, [30, 100], {"C": 100, "R": 0, "short": 0}, [100, -30, -70]),
            (100, 0, [30, 100, 30], {"C": 30, "R": 70, "short": 0}, [100, -30, -70, 70]),
            (100, 0, [30, 100, 30, 100], {"C": 100, "R": 0, "short": 0}, [100, -30, -70, 70, -70]),
            (1_000_000, 0, [20_000], {"C": 20_000, "short": 0}, [1_000_000, -20_000]),
        ],
    )
    def test_end_where_the_design_says(self, n, spent, targets, end, moved):
        lot = lot_of(n)
        if spent:
            make_spend(account=lot.account, credits=spent)

        for target in targets:
            lot = set_target(lot, target)

        reached = {**parts(lot), "short": lot.shortfall}
        assert reached == {**reached, **end}
        assert Lot.objects.short().exists() == (lot.shortfall > 0)
        assert lot.account.lots.all().credits_owed() == lot.shortfall
        assert lot.clawback_target == targets[-1]
        assert movements(lot.account) == moved

    def test_spent_then_fully_refunded_then_given_back(self):
        lot = lot_of(100)
        spent = make_spend(account=lot.account, credits=80)
        set_target(lot, 100)

        give_back(spent, 50)

        assert parts(lot) == {"S": 30, "H": 0, "E": 0, "C": 70, "T": 100, "R": 0}
        assert lot.shortfall == 30

    def test_spent_then_expired_then_fully_refunded(self):
        lot = make_lot(credits=100, at=NOW, expires_at=NOW + timedelta(days=1))
        make_spend(account=lot.account, credits=40, at=NOW)
        ledger.expire(at=NOW + timedelta(days=1))

        lot = set_target(lot, 100, at=NOW + timedelta(days=2))

        assert parts(lot) == {"S": 40, "H": 0, "E": 60, "C": 0, "T": 100, "R": 0}
        assert lot.shortfall == 40
        assert movements(lot.account) == [100, -40, -60]

    def test_disputed_then_expired_then_won(self, settings):
        settings.CREDITS_RESTORE_GRACE_DAYS = 30
        lot = make_lot(credits=100, at=NOW, expires_at=NOW + timedelta(days=1))
        set_target(lot, 100, at=NOW)
        ledger.expire(at=NOW + timedelta(days=2))

        lot = set_target(lot, 0, at=NOW + timedelta(days=3))

        assert parts(lot)["R"] == 100
        assert lot.expires_at == NOW + timedelta(days=33)
        assert movements(lot.account) == [100, -100, 100]
        assert ledger.balance(lot.account, at=NOW + timedelta(days=32)) == 100
        assert ledger.balance(lot.account, at=NOW + timedelta(days=33)) == 0


class TestSetClawbackTarget:
    def test_leaves_an_expiry_alone_that_is_still_ahead(self):
        lot = make_lot(credits=10, at=NOW, expires_at=NOW + timedelta(days=9))
        set_target(lot, 10, at=NOW)

        lot = set_target(lot, 0, at=NOW + timedelta(days=1))

        assert lot.expires_at == NOW + timedelta(days=9)

    def test_sweeps_first_what_is_due(self):
        lot = make_lot(credits=100, at=NOW, expires_at=NOW + timedelta(days=1))
        make_spend(account=lot.account, credits=40, at=NOW)

        lot = set_target(lot, 100, at=NOW + timedelta(days=2))

        assert parts(lot) == {"S": 40, "H": 0, "E": 60, "C": 0, "T": 100, "R": 0}

    def test_changes_nothing_when_the_target_stands(self):
        lot = lot_of(100)
        set_target(lot, 40, key="refund-1")

        again = set_target(lot, 40, key="another-key")

        assert again.clawback_target == 40
        assert movements(lot.account) == [100, -40]
        assert not CreditTransaction.objects.filter(key="another-key").exists()

    def test_has_one_effect_per_key(self):
        lot = lot_of(100)
        set_target(lot, 30, key="a")
        set_target(lot, 50, key="b")

        late = set_target(lot, 30, key="a")

        assert late.clawback_target == 50
        assert movements(lot.account) == [100, -30, -20]

    def test_refuses_a_key_that_moved_something_else(self):
        lot = lot_of(100)
        other = make_lot(account=lot.account, credits=100)
        set_target(lot, 30, key="a")
        make_spend(account=lot.account, key="job")

        for attempt in [(lot, 40, "a"), (other, 30, "a"), (lot, 40, "job")]:
            with pytest.raises(ledger.KeyConflict):
                set_target(attempt[0], attempt[1], key=attempt[2])

        assert movements(lot.account) == [100, 100, -30, -1]

    def test_records_who_why_and_how_far(self):
        lot = lot_of(100)

        set_target(lot, 30, description="Refund", metadata={"refund": "re_1"}, actor="stripe")

        taken = CreditTransaction.objects.get(kind="CLAW_BACK")
        assert (taken.description, taken.actor) == ("Refund", "stripe")
        assert taken.metadata == {"refund": "re_1", "clawback_target": 30}

    def test_takes_nothing_from_another_lot(self):
        lot = lot_of(100)
        make_spend(account=lot.account, credits=100)
        other = make_lot(account=lot.account, credits=50)

        lot = set_target(lot, 100)

        assert (lot.clawed_back, lot.shortfall, parts(other)["R"]) == (0, 100, 50)

    @pytest.mark.parametrize("target", [-1, 101, 1.0, True])
    def test_refuses_what_is_no_target(self, target):
        with pytest.raises(ledger.InvalidOperation):
            set_target(lot_of(100), target)
