from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from credits import ledger
from credits.models import Lot
from tests.credits.factories import fields, make_account, make_lot, make_spend, movements, parts

pytestmark = pytest.mark.django_db


FAR = datetime(2999, 1, 1, tzinfo=UTC)


def adjust(account, credits, **values):
    given = {"reason": "Goodwill", "actor": "staff:12", "key": "adjustment", **values}
    return ledger.adjust(account=account, credits=credits, **given)


class TestAdjust:
    def test_opens_a_lot_for_a_positive_one(self):
        account = make_account(credits=1)

        adjusted = adjust(account, 10)

        assert (adjusted.kind, adjusted.amount, adjusted.balance_after) == ("ADJUSTMENT", 10, 11)
        assert (adjusted.description, adjusted.actor) == ("Goodwill", "staff:12")
        assert Lot.objects.get(kind="ADJUSTMENT").remaining == 10

    def test_takes_in_spend_order_for_a_negative_one(self):
        account = make_account()
        first, second = (make_lot(account=account, credits=10) for _ in range(2))

        adjusted = adjust(account, -12)

        assert (adjusted.amount, adjusted.balance_after) == (-12, 8)
        assert (parts(first)["E"], parts(second)["E"]) == (10, 2)
        assert first.adjusted_off == 10

    def test_is_refused_beyond_the_balance(self):
        account = make_account(credits=5)

        with pytest.raises(ledger.InsufficientCredits):
            adjust(account, -6)

        assert movements(account) == [5]

    @pytest.mark.parametrize("credits", [7, -7])
    def test_happens_once_per_key(self, credits):
        account = make_account(credits=10)

        first = adjust(account, credits)
        again = adjust(account, credits)

        assert fields(again) == fields(first)
        assert movements(account) == [10, credits]

    @pytest.mark.parametrize("credits", [7, -7])
    def test_refuses_a_key_that_was_used_for_something_else(self, credits):
        account = make_account(credits=10)
        make_spend(account=account, key="adjustment")

        with pytest.raises(ledger.KeyConflict):
            adjust(account, credits)

        assert movements(account) == [10, -1]

    def test_refuses_the_key_of_another_adjustment(self):
        account = make_account(credits=10)
        adjust(account, 3)

        for credits in (4, -3):
            with pytest.raises(ledger.KeyConflict):
                adjust(account, credits)

        assert movements(account) == [10, 3]

    @pytest.mark.parametrize("missing", [{"reason": " "}, {"actor": ""}])
    def test_names_a_reason_and_an_actor(self, missing):
        with pytest.raises(ledger.InvalidOperation):
            adjust(make_account(), 1, **missing)

    @pytest.mark.parametrize("credits", [0, 1.5, True])
    def test_refuses_what_is_no_number_of_credits(self, credits):
        with pytest.raises(ledger.InvalidOperation):
            adjust(make_account(), credits)


class TestTerms:
    def test_are_those_of_the_lot_that_it_opens(self):
        account = make_account()
        start = timezone.now() + timedelta(days=1)

        adjust(account=account, credits=5, priority=10, starts_at=start)

        lot = account.lots.get()
        assert (lot.priority, lot.starts_at, lot.pending) == (10, start, 5)

    @pytest.mark.parametrize(
        "terms",
        [{"priority": 10}, {"starts_at": FAR}, {"expires_at": FAR}],
    )
    def test_are_none_where_credits_are_taken(self, terms):
        account = make_lot(credits=10).account

        with pytest.raises(ledger.InvalidOperation, match="only credits that are given"):
            adjust(account=account, credits=-5, **terms)

    @pytest.mark.parametrize("terms", [{"priority": 101}, {"starts_at": "soon"}])
    def test_keep_their_rules(self, terms):
        with pytest.raises(ledger.InvalidOperation):
            adjust(account=make_account(), credits=5, **terms)


class TestApproval:
    @pytest.fixture(autouse=True)
    def approval_above_100(self, settings):
        settings.CREDITS_ADJUSTMENT_APPROVAL_ABOVE = 100

    @pytest.mark.parametrize("credits", [101, -101])
    @pytest.mark.parametrize("approved_by", ["", "staff:12"])
    def test_takes_a_second_person(self, credits, approved_by):
        account = make_account(credits=200)

        with pytest.raises(ledger.ApprovalRequired):
            adjust(account, credits, approved_by=approved_by)

        assert movements(account) == [200]

    def test_is_recorded(self):
        adjusted = adjust(make_account(), 101, approved_by="staff:13")

        assert (adjusted.actor, adjusted.metadata) == ("staff:12", {"approved_by": "staff:13"})

    def test_is_not_needed_below(self):
        assert adjust(make_account(), 100).metadata == {}
