from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from credits import adjustments, ledger
from credits.models import AdjustmentRequest
from tests.credits.factories import make_account, make_spend, movements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def approval_above_100(settings):
    settings.CREDITS_ADJUSTMENT_APPROVAL_ABOVE = 100


FAR = datetime(2999, 1, 1, tzinfo=UTC)


def ask(account, credits=500, **fields):
    given = {"reason": "Lost import", "asked_by": "staff:1", "key": "a", **fields}
    return adjustments.ask(account=account, credits=credits, **given)


class TestAsking:
    def test_moves_nothing(self):
        account = make_account(credits=1)

        request = ask(account)

        assert (request.status, request.asked_by, movements(account)) == ("ASKED", "staff:1", [1])

    def test_happens_once_per_key(self):
        account = make_account()

        assert ask(account) == ask(account)
        with pytest.raises(ledger.KeyConflict):
            ask(account, 501)

    @pytest.mark.parametrize("wrong", [{"reason": ""}, {"asked_by": " "}, {"credits": 0}])
    def test_refuses_what_says_too_little(self, wrong):
        with pytest.raises(ledger.InvalidOperation):
            ask(make_account(), **wrong)


class TestDeciding:
    def test_approves_in_the_name_of_who_asked(self):
        account = make_account()

        request = adjustments.approve(request=ask(account), decided_by="staff:2")

        assert (request.status, request.decided_by) == ("APPROVED", "staff:2")
        assert movements(account) == [500]
        adjusted = account.transactions.get()
        assert request.transaction == adjusted
        assert (adjusted.actor, adjusted.metadata) == ("staff:1", {"approved_by": "staff:2"})

    def test_takes_another_person(self):
        account = make_account()

        for decide in (adjustments.approve, adjustments.reject):
            with pytest.raises(ledger.ApprovalRequired):
                decide(request=ask(account), decided_by="staff:1")

        assert movements(account) == []

    def test_happens_once(self):
        account = make_account()
        request = ask(account)
        adjustments.reject(request=request, decided_by="staff:2")

        with pytest.raises(adjustments.AlreadyDecided):
            adjustments.approve(request=request, decided_by="staff:3")

        assert movements(account) == []

    def test_leaves_it_open_when_there_is_too_little_to_take(self):
        account = make_account(credits=400)
        request = ask(account, -400)
        make_spend(account=account, credits=1)

        with pytest.raises(ledger.InsufficientCredits):
            adjustments.approve(request=request, decided_by="staff:2")

        request.refresh_from_db()
        assert (request.status, movements(account)) == ("ASKED", [400, -1])


class TestRows:
    @pytest.mark.parametrize(
        ("wrong", "rule"),
        [
            ({"credits": 0}, "adjustment_request_credits_not_zero"),
            ({"decided_by": "staff:2"}, "adjustment_request_decided_by_another"),
            ({"status": "REJECTED"}, "adjustment_request_decided_by_another"),
            ({"priority": 101}, "adjustment_request_terms_of_what_is_given"),
            ({"priority": -1}, "adjustment_request_terms_of_what_is_given"),
            ({"credits": -1, "priority": 10}, "adjustment_request_terms_of_what_is_given"),
            ({"credits": -1, "starts_at": FAR}, "adjustment_request_terms_of_what_is_given"),
        ],
    )
    def test_hold_the_rules(self, wrong, rule):
        request = ask(make_account())

        with pytest.raises(IntegrityError, match=rule):
            AdjustmentRequest.objects.filter(pk=request.pk).update(**wrong)
