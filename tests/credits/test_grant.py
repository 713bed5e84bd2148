from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from credits import ledger
from credits.models import Account, CreditTransaction, Lot
from tests.credits.factories import fields, make_account, make_lot, make_spend, movements

pytestmark = pytest.mark.django_db


class TestGrant:
    def test_opens_a_lot(self):
        account = make_account()
        expires_at = timezone.now() + timedelta(days=30)

        lot = ledger.grant(
            account=account,
            credits=100,
            source="purchase:1",
            kind=Lot.Kind.PURCHASE,
            expires_at=expires_at,
            description="Starter",
            metadata={"plan": "starter"},
            actor="stripe",
        )

        stored = Lot.objects.get()
        assert fields(lot) == fields(stored)
        assert (stored.granted, stored.remaining, stored.is_open) == (100, 100, True)
        assert ledger.balance(account) == 100

    def test_records_one_transaction_with_one_entry(self):
        lot = make_lot(credits=5, description="A present", metadata={"n": 1}, actor="staff:12")

        recorded = CreditTransaction.objects.get()
        assert (recorded.kind, recorded.amount, recorded.balance_after, recorded.seq) == (
            "GRANT",
            5,
            5,
            1,
        )
        assert (recorded.description, recorded.metadata, recorded.actor) == (
            "A present",
            {"n": 1},
            "staff:12",
        )
        assert [(e.lot_id, e.amount, e.account_id) for e in recorded.movements.all()] == [
            (lot.pk, 5, lot.account_id)
        ]

    def test_happens_once_per_source(self):
        account = make_account()

        first = make_lot(account=account, credits=10, source="signup:1")
        again = make_lot(
            account=account,
            credits=10,
            source="signup:1",
            expires_at=timezone.now() + timedelta(days=9),
        )

        assert again == first
        assert movements(account) == [10]
        account.refresh_from_db()
        assert (account.balance, account.last_seq) == (10, 1)

    @pytest.mark.parametrize(
        "other",
        [{"credits": 11}, {"kind": Lot.Kind.SIGNUP}, {"account": "another"}],
        ids=["credits", "kind", "account"],
    )
    def test_refuses_a_source_that_paid_for_something_else(self, other):
        account = make_account()
        make_lot(account=account, credits=10, source="x")
        other = {"account": account, "credits": 10, **other}
        if other["account"] == "another":
            other["account"] = make_account()

        with pytest.raises(ledger.SourceConflict):
            make_lot(source="x", **other)

        assert Lot.objects.count() == CreditTransaction.objects.count() == 1
        assert ledger.balance(other["account"]) == (10 if other["account"] == account else 0)

    def test_leaves_the_hosts_transaction_usable_when_it_refuses(self):
        account = make_account()
        make_lot(account=account, credits=10, source="x")

        with transaction.atomic():
            with pytest.raises(ledger.SourceConflict):
                make_lot(account=account, credits=11, source="x")
            make_spend(account=account, credits=1)

        assert ledger.balance(account) == 9

    def test_takes_a_source_that_reads_like_a_key(self):
        account = make_account(credits=5)
        make_spend(account=account, key="job-1")

        make_lot(account=account, credits=10, source="job-1")

        assert movements(account) == [5, -1, 10]

    @pytest.mark.parametrize("credits", [0, -1, 1.5, True, "3", 2**53])
    def test_refuses_what_is_no_number_of_credits(self, credits):
        with pytest.raises(ledger.InvalidOperation):
            make_lot(credits=credits)

    @pytest.mark.parametrize("source", ["ledger:1", "adjustment:1:x", "x" * 201, "a\0b"])
    def test_refuses_what_is_no_source(self, source):
        with pytest.raises(ledger.InvalidOperation):
            make_lot(source=source)

    def test_refuses_an_account_that_is_not_there(self):
        with pytest.raises(ledger.UnknownAccount):
            make_lot(account=Account(pk=2**40))
