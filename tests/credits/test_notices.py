from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from credits import holds, ledger, notices, signals
from credits.models import Lot
from tests.credits.factories import make_account, make_hold, make_lot, make_spend

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def heard():
    """Collect signals; calling it lets what waits for a commit happen, and says what was heard."""
    said = []
    connected = []
    for name in [
        "credits_granted",
        "credits_spent",
        "balance_low",
        "credits_expiring",
        "credits_expired",
    ]:

        def receiver(sender, signal, name=name, **values):
            said.append((name, values))

        signal = getattr(signals, name)
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))

    def listen():
        while connection.run_on_commit:
            connection.run_on_commit.pop(0)[1]()
        heard, said[:] = said[:], []
        return heard

    yield listen
    for signal, receiver in connected:
        signal.disconnect(receiver)


class TestSignals:
    def test_tell_of_a_grant_once(self, heard):
        lot = make_lot(credits=10, source="x")
        make_lot(account=lot.account, credits=10, source="x")

        assert heard() == [("credits_granted", {"lot": lot})]

    def test_tell_of_a_positive_adjustment(self, heard):
        ledger.adjust(account=make_account(), credits=5, reason="r", actor="a", key="k")

        [(name, values)] = heard()
        assert (name, values["lot"].granted) == ("credits_granted", 5)

    def test_tell_of_a_spend_once(self, heard):
        account = make_account(credits=10)
        heard()

        spent = make_spend(account=account, credits=3, key="x")
        make_spend(account=account, credits=3, key="x")

        assert heard() == [("credits_spent", {"transaction": spent, "credits": 3})]

    def test_tell_of_a_capture_and_not_of_a_hold(self, heard):
        held = make_hold(account=make_account(credits=10), credits=8)
        assert [name for name, _values in heard()] == ["credits_granted"]

        holds.capture(hold=held, credits=3)

        assert heard() == [("credits_spent", {"transaction": held.transaction, "credits": 3})]


class TestLowBalance:
    @pytest.fixture(autouse=True)
    def threshold(self, settings):
        settings.CREDITS_LOW_BALANCE = 10
        settings.CREDITS_LOW_BALANCE_RECOVERED = 20

    def low(self, heard):
        return [values["balance"] for name, values in heard() if name == "balance_low"]

    def test_is_told_when_it_falls_below(self, heard):
        account = make_account(credits=15)

        make_spend(account=account, credits=5)
        assert self.low(heard) == []
        make_spend(account=account, credits=1)
        assert self.low(heard) == [9]
        make_spend(account=account, credits=1)
        assert self.low(heard) == []

    def test_is_told_again_only_after_it_recovered(self, heard):
        account = make_account(credits=15)
        make_spend(account=account, credits=6)
        make_lot(account=account, credits=10)
        make_spend(account=account, credits=10)
        assert self.low(heard) == [9]

        make_lot(account=account, credits=11)
        make_spend(account=account, credits=15)

        assert self.low(heard) == [5]

    def test_is_never_told_unless_asked_for(self, heard, settings):
        settings.CREDITS_LOW_BALANCE = None

        make_spend(account=make_account(credits=5), credits=5)

        assert self.low(heard) == []


class TestExpiring:
    def announce(self, heard, *, days):
        notices.announce_expiring(at=NOW + timedelta(days=days))
        return [values["days"] for name, values in heard() if name == "credits_expiring"]

    def test_is_told_30_7_and_1_days_ahead_once_each(self, heard):
        make_lot(at=NOW, expires_at=NOW + timedelta(days=60))

        told = [self.announce(heard, days=day) for day in [29, 30, 31, 53, 54, 59, 59.5, 60]]

        assert told == [[], [30], [], [7], [], [1], [], []]

    def test_is_not_told_longer_ahead_than_the_lot_lives(self, heard):
        make_lot(at=NOW, expires_at=NOW + timedelta(days=5))

        assert self.announce(heard, days=0) == []
        assert self.announce(heard, days=4) == [1]

    def test_tells_only_the_nearest_when_it_is_late(self, heard):
        make_lot(at=NOW, expires_at=NOW + timedelta(days=60))

        assert self.announce(heard, days=59.5) == [1]
        assert self.announce(heard, days=59.6) == []

    def test_is_not_told_of_what_is_used_or_comes_again(self, heard):
        lot = make_lot(at=NOW, expires_at=NOW + timedelta(days=60), credits=1)
        make_spend(account=lot.account, credits=1)
        make_lot(at=NOW, expires_at=NOW + timedelta(days=60), kind=Lot.Kind.ALLOWANCE)

        assert self.announce(heard, days=59) == []


class TestExpired:
    LATER = NOW + timedelta(days=2)

    def announce(self, heard, *, at=LATER):
        notices.announce_expired(at=at)
        return [
            (values["lot"].pk, values["lot"].expired)
            for name, values in heard()
            if name == "credits_expired"
        ]

    def test_is_told_once_with_what_was_lost(self, heard):
        lot = make_lot(at=NOW, credits=10, expires_at=NOW + timedelta(days=1))
        make_spend(account=lot.account, credits=3, at=NOW)
        ledger.expire(at=self.LATER)

        assert self.announce(heard) == [(lot.pk, 7)]
        assert self.announce(heard) == []

    def test_is_told_whoever_swept_it(self, heard):
        lot = make_lot(at=NOW, credits=10, expires_at=NOW + timedelta(days=1))
        make_lot(account=lot.account, credits=5, at=self.LATER)

        assert self.announce(heard) == [(lot.pk, 10)]

    def test_is_not_told_of_what_was_used_up_or_is_old(self, heard):
        used = make_lot(at=NOW, credits=10, expires_at=NOW + timedelta(days=1))
        make_spend(account=used.account, credits=10, at=NOW)
        make_lot(at=NOW, credits=10, expires_at=NOW + timedelta(days=1))
        ledger.expire(at=self.LATER)

        assert self.announce(heard, at=NOW + timedelta(days=8, seconds=1)) == []

    def test_keeps_no_notice_ahead_away(self, heard):
        lot = make_lot(at=NOW, credits=10, expires_at=NOW + timedelta(days=60))
        ledger.expire(at=self.LATER)
        self.announce(heard)

        notices.announce_expiring(at=NOW + timedelta(days=31))

        assert [name for name, _values in heard()] == ["credits_expiring"]
        assert lot.expiry_notices.get().days == 30
