"""The ledger against its model: 50,000 random operations, and hypothesis looking for short ones."""

import os
import random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from credits import audit
from tests.credits import pure
from tests.credits.world import World, run

OPERATIONS = 5_000
RUNS = 10


def seed():
    """Draw a seed, or take the one to replay from LEDGER_SEED; a failing test shows it."""
    number = int(os.environ.get("LEDGER_SEED") or random.SystemRandom().randrange(2**32))
    print(f"LEDGER_SEED={number}")  # noqa: T201
    return number


@pytest.fixture(autouse=True)
def grace(settings):
    settings.CREDITS_RESTORE_GRACE_DAYS = 30


@pytest.mark.django_db
class TestRandomOperations:
    @pytest.mark.parametrize("number", range(RUNS))
    def test_agree_with_the_model(self, number, settings):
        lien = number % 5 == 4
        settings.CREDITS_SHORTFALL_POLICY = "lien" if lien else "record"

        run(World(lien=lien), random.Random(seed() + number), OPERATIONS)

        assert list(audit.faults()) == []


class TestPureRules:
    def test_hold_for_500_000_operations(self):
        pure.run(random.Random(seed()), 500_000)


numbers = st.integers(0, 1000)
credits_wanted = st.integers(1, 200)


class LedgerMachine(RuleBasedStateMachine):
    """Two accounts; whatever hypothesis tries, ledger and model agree."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.world = World(accounts=2)

    @rule(
        n=numbers,
        credits=credits_wanted,
        days=st.integers(0, 5),
        priority=st.integers(0, 4),
        starts=st.integers(-1, 48),
    )
    def grant(self, n, credits, days, priority, starts):
        self.world.grant(n, credits, days, n, priority=priority, starts=starts)

    @rule(n=numbers, credits=credits_wanted)
    def spend(self, n, credits):
        self.world.spend(n, credits)

    @rule(n=numbers, credits=st.lists(credits_wanted, min_size=1, max_size=4))
    def spend_many(self, n, credits):
        self.world.spend_many(n, credits)

    @rule(n=numbers, which=numbers, credits=credits_wanted)
    def give_back(self, n, which, credits):
        self.world.give_back(n, which, credits)

    @rule(n=numbers, credits=credits_wanted, hours=st.integers(1, 72))
    def hold(self, n, credits, hours):
        self.world.hold(n, credits, hours)

    @rule(n=numbers, which=numbers, credits=credits_wanted)
    def capture(self, n, which, credits):
        self.world.capture(n, which, credits)

    @rule(n=numbers, which=numbers, hours=st.integers(1, 168))
    def extend(self, n, which, hours):
        self.world.extend(n, which, hours)

    @rule(n=numbers, which=numbers)
    def release(self, n, which):
        self.world.release(n, which)

    @rule(n=numbers, which=numbers, share=st.integers(0, 100))
    def set_target(self, n, which, share):
        self.world.set_target(n, which, share)

    @rule(n=numbers, credits=st.integers(-200, 200))
    def adjust(self, n, credits):
        self.world.adjust(n, credits)

    @rule(n=numbers, which=numbers, change=st.booleans())
    def repeat(self, n, which, change):
        self.world.repeat(n, which, change)

    @rule(n=numbers, hours=st.integers(1, 100))
    def pass_time(self, n, hours):
        self.world.pass_time(n, hours)

    @rule(n=numbers)
    def expire(self, n):
        self.world.expire(n)

    @rule(n=numbers)
    def expire_holds(self, n):
        self.world.expire_holds(n)

    def teardown(self):
        try:
            self.world.finish()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)


@pytest.mark.django_db
class TestStateMachine:
    def test_finds_no_way_to_disagree(self):
        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                max_examples=40,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
