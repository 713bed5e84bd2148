"""What explains a balance adds up to it, whatever has happened."""

import random
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from credits import explanation, ledger
from tests.credits.back_door import open_back_door, write
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_spend,
    set_target,
)
from tests.credits.test_model import seed
from tests.credits.world import World, run

pytestmark = pytest.mark.django_db

STEPS = 40
ROUNDS = 25


@pytest.fixture(autouse=True)
def grace(settings):
    settings.CREDITS_RESTORE_GRACE_DAYS = 30


def explain(account, at=None):
    account.refresh_from_db()
    return explanation.explain(account, at=at or timezone.now())


def sums(account):
    found = account.transactions.values("kind").order_by().annotate(sum=Sum("amount"))
    return {row["kind"]: row["sum"] for row in found}


class TestAnyHistory:
    def test_adds_up_to_what_the_ledger_says(self):
        world, numbers = World(accounts=3), random.Random(seed())
        for _ in range(ROUNDS):
            run(world, numbers, STEPS)
            for pair in world.pairs:
                found = explain(pair.real, at=world.now)

                assert found.adds_up
                assert found.balance == ledger.balance(pair.real, at=world.now)

    def test_says_of_each_kind_what_the_transactions_say(self):
        world, numbers = World(accounts=3), random.Random(seed())
        for _ in range(ROUNDS):
            run(world, numbers, STEPS)
            for pair in world.pairs:
                found, by_kind = explain(pair.real, at=world.now), sums(pair.real)
                set_aside = -by_kind.get("HOLD", 0) - by_kind.get("RELEASE", 0)

                assert found.given_back == by_kind.get("GIVE_BACK", 0)
                assert found.spent == -by_kind.get("SPEND", 0) + set_aside - found.held
                assert found.adjusted == by_kind.get("ADJUSTMENT", 0)


class TestOneHistory:
    def test_names_what_came_and_went(self):
        account = make_account(credits=500)
        spent = make_spend(account=account, credits=120)
        give_back(spent, 20)
        make_hold(account=account, credits=30)
        ledger.adjust(account=account, credits=10, reason="r", actor="staff:1", key="k")

        found = explain(account)

        assert (found.granted, found.spent, found.given_back) == (500, 120, 20)
        assert (found.held, found.adjusted, found.balance) == (30, 10, 380)
        assert found.adds_up

    def test_counts_as_expired_what_nobody_has_swept(self):
        account = make_account()
        make_lot(account=account, credits=50, expires_at=timezone.now() + timedelta(hours=1))

        found = explain(account, at=timezone.now() + timedelta(hours=2))

        assert (found.expired, found.balance, found.adds_up) == (50, 0, True)

    def test_counts_what_begins_later_apart(self):
        account = make_account()
        make_lot(account=account, credits=50, starts_at=timezone.now() + timedelta(hours=1))

        before, after = explain(account), explain(account, at=timezone.now() + timedelta(hours=2))

        assert (before.later, before.balance, before.adds_up) == (50, 0, True)
        assert (after.later, after.balance, after.adds_up) == (0, 50, True)

    def test_takes_what_a_lot_owes_when_it_begins(self):
        account = make_account()
        lot = make_lot(account=account, credits=50, starts_at=timezone.now() + timedelta(hours=1))
        set_target(lot, 20)

        found = explain(account, at=timezone.now() + timedelta(hours=2))

        assert (found.taken_back, found.balance, found.adds_up) == (20, 30, True)

    def test_of_a_very_long_history_says_only_what_was_spent_in_the_end(self, monkeypatch):
        monkeypatch.setattr(explanation, "COUNTED", 1)
        account = make_account(credits=500)
        give_back(make_spend(account=account, credits=120), 20)

        found = explain(account)

        assert (found.spent, found.given_back, found.adds_up) == (100, None, True)

    def test_of_an_account_without_credits_is_nothing(self):
        found = explain(make_account())

        assert (found.granted, found.balance, found.adds_up) == (0, 0, True)

    def test_says_so_where_the_account_and_its_lots_differ(self):
        account = make_account(credits=50)
        open_back_door()
        write("UPDATE credits_account SET balance = 40 WHERE id = %s", [account.pk])

        found = explain(account)

        assert (found.balance, found.adds_up) == (50, False)
