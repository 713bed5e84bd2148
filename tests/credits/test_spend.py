from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from credits import ledger
from credits.models import Account, CreditTransaction
from tests.benchmarks.verbs import make_accounts
from tests.credits.factories import (
    fields,
    make_account,
    make_lot,
    make_spend,
    movements,
    parts,
    set_target,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def in_days(days):
    return NOW + timedelta(days=days)


class TestSpend:
    def test_takes_the_soonest_to_expire_first(self):
        account = make_account()
        never = make_lot(account=account, credits=10)
        late = make_lot(account=account, credits=10, expires_at=in_days(20))
        soon = make_lot(account=account, credits=10, expires_at=in_days(10))

        spent = make_spend(account=account, credits=25)

        assert [(e.lot, e.amount) for e in spent.entries.order_by("id")] == [
            (soon, -10),
            (late, -10),
            (never, -5),
        ]
        assert parts(never)["R"] == 5

    def test_takes_the_oldest_first_among_equals(self):
        account = make_account()
        lots = [make_lot(account=account, credits=1) for _ in range(3)]

        make_spend(account=account, credits=2)

        assert [parts(lot)["S"] for lot in lots] == [1, 1, 0]

    def test_returns_what_is_stored(self):
        account = make_account(credits=10)

        spent = make_spend(
            account=account,
            credits=4,
            operation="report",
            description="Report",
            metadata={"id": 7},
            actor="api",
        )

        stored = CreditTransaction.objects.get(kind="SPEND")
        assert fields(spent) == fields(stored)
        assert (stored.amount, stored.balance_after, stored.seq) == (-4, 6, 2)
        assert stored.operation == "report"

    def test_is_all_or_nothing(self):
        account = make_account(credits=10)

        with pytest.raises(ledger.InsufficientCredits) as refused:
            make_spend(account=account, credits=11)

        assert (refused.value.requested, refused.value.available) == (11, 10)
        assert movements(account) == [10]

    def test_leaves_the_hosts_transaction_usable_when_it_refuses(self):
        account = make_account(credits=10)

        with transaction.atomic():
            with pytest.raises(ledger.InsufficientCredits):
                make_spend(account=account, credits=11)
            make_spend(account=account, credits=10)

        assert ledger.balance(account) == 0

    def test_happens_once_per_key(self):
        account = make_account(credits=10)

        first = make_spend(account=account, credits=7, key="job")
        again = make_spend(account=account, credits=7, key="job")

        assert again == first
        assert again.balance_after == 3
        assert movements(account) == [10, -7]

    def test_refuses_a_key_that_was_used_for_something_else(self):
        account = make_account(credits=10)
        make_spend(account=account, credits=1, key="job")

        with pytest.raises(ledger.KeyConflict):
            make_spend(account=account, credits=2, key="job")

        assert movements(account) == [10, -1]

    def test_refuses_a_key_that_was_used_for_another_operation(self):
        account = make_account(credits=10)
        make_spend(account=account, key="job", operation="image.large")

        assert make_spend(account=account, key="job", operation="image.large").seq == 2
        with pytest.raises(ledger.KeyConflict):
            make_spend(account=account, key="job", operation="image.small")
        with pytest.raises(ledger.KeyConflict):
            make_spend(account=account, key="job")

    def test_has_keys_of_its_own_in_each_account(self):
        one, other = make_account(credits=5), make_account(credits=5)

        make_spend(account=one, key="job")
        make_spend(account=other, key="job")

        assert ledger.balance(one) == ledger.balance(other) == 4

    def test_refuses_an_account_that_is_not_there(self):
        with pytest.raises(ledger.UnknownAccount):
            make_spend(account=Account(pk=2**40))

    @pytest.mark.parametrize("key", ["ledger:9", "x" * 201, "a\0"])
    def test_refuses_what_is_no_key(self, key):
        with pytest.raises(ledger.InvalidOperation):
            make_spend(account=make_account(credits=1), key=key)


class TestSpendingPastAnExpiry:
    def test_never_takes_a_lot_from_the_instant_it_expires(self):
        account = make_account(at=NOW, credits=10, expires_at=in_days(1))

        with pytest.raises(ledger.InsufficientCredits) as refused:
            make_spend(account=account, credits=1, at=in_days(1))

        assert refused.value.available == 0

    def test_takes_it_until_then(self):
        account = make_account(at=NOW, credits=10, expires_at=in_days(1))

        make_spend(account=account, credits=10, at=in_days(1) - timedelta(microseconds=1))

        assert movements(account) == [10, -10]

    def test_sweeps_what_is_due_and_goes_on(self):
        account = make_account(at=NOW, credits=10, expires_at=in_days(1))
        other = make_lot(account=account, credits=5)

        make_spend(account=account, credits=3, at=in_days(2))

        assert movements(account) == [10, 5, -10, -3]
        assert parts(other)["R"] == 2
        account.refresh_from_db()
        assert (account.balance, account.next_expiry_at) == (2, None)

    def test_repeats_its_first_result_without_sweeping(self):
        account = make_account(at=NOW, credits=10, expires_at=in_days(1))
        first = make_spend(account=account, credits=10, key="job", at=NOW)

        again = make_spend(account=account, credits=10, key="job", at=in_days(2))

        assert again == first
        assert movements(account) == [10, -10]


class TestLien:
    @pytest.fixture(autouse=True)
    def lien(self, settings):
        settings.CREDITS_SHORTFALL_POLICY = "lien"

    def test_keeps_what_is_owed(self):
        account = make_account()
        lot = make_lot(account=account, credits=100)
        make_spend(account=account, credits=80)
        set_target(lot, 100)
        make_lot(account=account, credits=100)

        with pytest.raises(ledger.InsufficientCredits) as refused:
            make_spend(account=account, credits=21)

        assert refused.value.available == 20
        make_spend(account=account, credits=20)
        assert ledger.balance(account) == 80

    def test_takes_nothing_from_who_owes_nothing(self):
        account = make_account(credits=10)

        make_spend(account=account, credits=10)

        assert ledger.balance(account) == 0


class TestCost:
    def test_does_not_grow_with_the_lots_of_an_account(self):
        few = make_accounts(1_000)[0]  # most accounts have one lot, and plans are made for most
        many = make_account()
        for n in range(500):
            make_lot(account=many, credits=100, expires_at=in_days(1 + n), at=NOW)

        assert pages_read(many) < 1.3 * pages_read(few)


def pages_read(account):
    """Count the pages that one more spend looks at, once its plans are made."""
    draw = """
        INSERT INTO credits_draw_v1
            (account_id, kind, credits, key, description, metadata, actor, at)
        VALUES (%s, 'SPEND', 1, %s, '', '{}', '', %s)
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE credits_lot")
        # The plan that serves all accounts, not one made for this one.
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for n in range(8):
            cursor.execute(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {draw}", [account.pk, f"plan-{n}", NOW]
            )
        ((plan,),) = cursor.fetchone()
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
