"""Credits that begin later: not there before, and there from that instant on, swept or not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credits import audit, jobs, ledger
from credits.errors import InsufficientCredits, InvalidOperation
from credits.models import Account, CreditTransaction
from tests.credits.factories import (
    fields,
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
START = NOW + timedelta(days=1)
BEFORE = START - timedelta(microseconds=1)


def make_pending(**values):
    return make_lot(**{"credits": 10, "at": NOW, "starts_at": START, **values})


def spend_many(account, credits, at):
    [answer] = ledger.spend_many([ledger.Spend(account=account, credits=credits, key="k")], at=at)
    if isinstance(answer, ledger.LedgerError):
        raise answer


def adjust(account, credits, at):
    ledger.adjust(account=account, credits=-credits, reason="r", actor="a", key="k", at=at)


TAKERS = {
    "spend": lambda account, credits, at: make_spend(account=account, credits=credits, at=at),
    "hold": lambda account, credits, at: make_hold(account=account, credits=credits, at=at),
    "adjust": adjust,
    "spend many": spend_many,
}


class TestALotThatStartsLater:
    def test_is_granted_and_cannot_be_spent(self):
        lot = make_pending()

        again = ledger.grant(
            account=lot.account, credits=10, source=lot.source, kind=lot.kind, at=NOW
        )

        assert fields(again) == fields(lot)
        assert (lot.pending, lot.remaining, lot.is_open) == (10, 0, False)
        assert movements(lot.account) == [10, -10]
        assert ledger.balance(lot.account, at=BEFORE) == 0

    @pytest.mark.parametrize("verb", TAKERS)
    def test_is_spent_by_each_verb_from_its_start_on(self, verb):
        account = make_pending().account
        with pytest.raises(InsufficientCredits) as refused:
            TAKERS[verb](account, 1, BEFORE)
        assert refused.value.available == 0

        TAKERS[verb](account, 10, START)

        assert movements(account) == [10, -10, 10, -10]
        assert list(audit.faults()) == []

    def test_counts_from_its_start_on_swept_or_not(self):
        account = make_pending().account

        assert ledger.balance(account, at=START) == 10
        assert ledger.expire(at=START) == 0
        account.refresh_from_db()
        assert account.balance == ledger.balance(account, at=START) == 10

    def test_is_opened_by_the_job(self):
        lot = make_lot(credits=5, at=NOW - timedelta(days=2), starts_at=NOW - timedelta(seconds=1))

        jobs.expire()

        lot.refresh_from_db()
        assert (lot.pending, lot.remaining, lot.is_open) == (0, 5, True)
        began = CreditTransaction.objects.get(kind="START")
        assert (began.amount, began.lot_id, began.actor) == (5, lot.pk, "system")

    def test_opens_with_all_that_start_in_one_transaction(self):
        account = make_account()
        for hours in (2, 1, 3, 99):
            make_pending(account=account, starts_at=NOW + timedelta(hours=hours))

        ledger.expire(at=NOW + timedelta(hours=3))

        assert movements(account)[-1] == 30
        assert ledger.balance(account, at=NOW + timedelta(hours=99)) == 40
        account.refresh_from_db()
        assert account.next_expiry_at == NOW + timedelta(hours=99)

    def test_is_not_opened_by_what_is_refused_or_was_done(self):
        account = make_pending().account
        make_lot(account=account, credits=3, at=NOW)
        make_spend(account=account, credits=1, key="k", at=NOW)

        make_spend(account=account, credits=1, key="k", at=START)
        with pytest.raises(InsufficientCredits) as refused:
            make_spend(account=account, credits=13, at=START)

        assert refused.value.available == 12
        assert movements(account) == [10, -10, 3, -1]

    def test_is_there_at_once_where_its_start_is_over(self):
        lot = make_lot(credits=5, at=NOW, starts_at=NOW)

        assert (lot.pending, lot.remaining) == (0, 5)
        assert movements(lot.account) == [5]

    def test_ends_as_others_do(self):
        account = make_pending(expires_at=START + timedelta(days=1)).account

        assert ledger.balance(account, at=START + timedelta(hours=1)) == 10
        assert ledger.balance(account, at=START + timedelta(days=1)) == 0
        ledger.expire(at=START + timedelta(days=1))

        assert movements(account) == [10, -10, 10, -10]
        assert list(audit.faults()) == []

    def test_pays_what_it_owes_before_anyone_can_spend(self):
        lot = make_pending()
        set_target(lot, 4, at=NOW)
        assert parts(lot) == {"S": 0, "H": 0, "E": 0, "C": 0, "T": 4, "R": 0}
        assert ledger.balance(lot.account, at=START) == 6

        make_spend(account=lot.account, credits=6, at=START)

        assert parts(lot) == {"S": 6, "H": 0, "E": 0, "C": 4, "T": 4, "R": 0}
        assert movements(lot.account) == [10, -10, 10, -4, -6]
        assert list(audit.faults()) == []

    def test_owes_no_shortfall_before(self):
        lot = make_pending()

        set_target(lot, 10, at=NOW)

        assert lot.account.lots.all().credits_owed() == 0
        assert ledger.balance(lot.account, at=START) == 0

    def test_leaves_what_is_owed_where_a_lien_is_kept(self, settings):
        settings.CREDITS_SHORTFALL_POLICY = "lien"
        used = make_lot(credits=10, at=NOW)
        make_spend(account=used.account, credits=10, at=NOW)
        set_target(used, 4, at=NOW)
        make_pending(account=used.account)

        with pytest.raises(InsufficientCredits) as refused:
            make_spend(account=used.account, credits=7, at=START)

        assert refused.value.available == 6
        make_spend(account=used.account, credits=6, at=START)

    def test_adds_up_while_it_waits(self):
        make_pending()

        assert list(audit.faults()) == []

    def test_can_be_found_by_what_can_be_spent(self):
        account = make_pending().account
        owing = make_pending(account=account)
        set_target(owing, 3, at=NOW)
        make_lot(account=account, credits=5, at=NOW, expires_at=START)

        def spendable(at):
            return {lot.pk: lot.can_spend for lot in account.lots.spendable(at=at)}

        first, second, ending = account.lots.order_by("pk").values_list("pk", flat=True)
        assert spendable(BEFORE) == {ending: 5}
        assert spendable(START) == {first: 10, second: 7}
        assert sum(spendable(START).values()) == ledger.balance(account, at=START)


class TestGrant:
    @pytest.mark.parametrize("priority", [-1, 101, 1.5, True, "50", None])
    def test_takes_a_priority_from_0_to_100(self, priority):
        with pytest.raises(InvalidOperation, match="a priority is an int from 0 to 100"):
            make_lot(priority=priority)

    @pytest.mark.parametrize("starts_at", ["now", START.date(), START.replace(tzinfo=None)])
    def test_takes_an_instant_to_start_at(self, starts_at):
        with pytest.raises(InvalidOperation, match="starts_at is a datetime with a time zone"):
            make_lot(starts_at=starts_at)

    def test_takes_no_end_before_the_start(self):
        with pytest.raises(InvalidOperation, match="credits expire after they start"):
            make_lot(starts_at=START, expires_at=START)

        assert not Account.objects.filter(last_seq__gt=0).exists()
