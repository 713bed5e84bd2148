"""Shortfalls that are let go, and what is then still owed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from credits import ledger, write_offs
from credits.models import Lot, WriteOff
from tests.credits.factories import (
    fields,
    give_back,
    make_lot,
    make_spend,
    set_target,
    unique,
)

pytestmark = pytest.mark.django_db


def make_short():
    """A lot of 100 of which 80 were used before all of its money went back."""
    lot = make_lot(credits=100)
    make_spend(account=lot.account, credits=80)
    set_target(lot, 100)
    return Lot.objects.get(pk=lot.pk)


def write_off(lot, credits, **values):
    return write_offs.write_off(
        lot=lot,
        **{
            "credits": credits,
            "reason": "Goodwill",
            "actor": "staff:1",
            "key": unique("write-off"),
            **values,
        },
    )


class TestWritingOff:
    def test_leaves_the_shortfall_and_owes_less(self):
        lot = make_short()
        before = fields(Lot.objects.get(pk=lot.pk))

        row = write_off(lot, 30)

        assert (row.credits, row.reason, row.actor) == (30, "Goodwill", "staff:1")
        assert fields(Lot.objects.get(pk=lot.pk)) == before
        assert (lot.shortfall, write_offs.owed(lot)) == (80, 50)

    def test_is_once_per_key(self):
        lot = make_short()

        rows = {write_off(lot, 30, key="form") for _ in range(2)}

        assert len(rows) == 1
        assert write_offs.owed(lot) == 50

    def test_refuses_the_same_key_for_something_else(self):
        lot = make_short()
        write_off(lot, 30, key="form")

        with pytest.raises(ledger.KeyConflict):
            write_off(lot, 31, key="form")

    def test_goes_no_further_than_what_is_owed(self):
        lot = make_short()
        write_off(lot, 50)

        with pytest.raises(write_offs.NothingOwed) as refused:
            write_off(lot, 31)

        assert refused.value.owed == 30

    @pytest.mark.parametrize(
        "values", [{"reason": " "}, {"actor": ""}, {"credits": 0}, {"credits": -1}], ids=str
    )
    def test_needs_credits_a_reason_and_a_person(self, values):
        with pytest.raises(ledger.InvalidOperation):
            write_off(make_short(), **{"credits": 1, **values})

    def test_leaves_nothing_owed_where_the_shortfall_shrinks_meanwhile(self):
        lot = make_short()
        write_off(lot, 60)

        give_back(lot.account.transactions.get(kind="SPEND"), 50)

        lot.refresh_from_db()
        assert (lot.shortfall, write_offs.owed(lot)) == (30, 0)


class TestDatabase:
    @pytest.mark.parametrize(
        "sql", ["UPDATE credits_writeoff SET credits = 1", "DELETE FROM credits_writeoff"]
    )
    def test_write_off_is_append_only(self, sql):
        write_off(make_short(), 30)

        with (
            pytest.raises(IntegrityError, match="write_off_is_append_only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("write_off_credits_positive", {"credits": 0}),
            ("write_off_says_why_and_who", {"reason": ""}),
            ("write_off_says_why_and_who", {"actor": ""}),
            ("write_off_once", {}),
        ],
    )
    def test_refuses(self, name, values):
        row = write_off(make_short(), 30, key="form")
        copy = {**fields(row), "id": None, "key": "form" if not values else "other", **values}

        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            WriteOff.objects.create(**copy)


class TestLien:
    @pytest.fixture
    def account(self):
        """Somebody who owes 80 credits of one lot and has 100 of another."""
        lot = make_short()
        make_lot(account=lot.account, credits=100)
        return lot.account

    @pytest.fixture
    def lot(self, account):
        return account.lots.order_by("pk").first()

    def most(self, account):
        """Find how much can be spent at once, by asking for more than there is."""
        with pytest.raises(ledger.InsufficientCredits) as refused:
            make_spend(account=account, credits=1000)
        return refused.value.available

    def test_can_be_switched_on_and_off_without_touching_a_row(self, account, settings):
        rows = [fields(lot) for lot in account.lots.order_by("pk")]
        spendable = []

        for policy in ("record", "lien", "record", "lien"):
            settings.CREDITS_SHORTFALL_POLICY = policy
            spendable.append(self.most(account))

        assert spendable == [100, 20, 100, 20]
        assert [fields(lot) for lot in account.lots.order_by("pk")] == rows

    def test_no_longer_counts_what_was_written_off(self, account, lot, settings):
        settings.CREDITS_SHORTFALL_POLICY = "lien"
        write_off(lot, 30)
        assert self.most(account) == 50

        write_off(lot, 50)

        make_spend(account=account, credits=100)
        assert ledger.balance(account) == 0

    def test_a_write_off_of_one_lot_pays_for_no_other(self, account, lot, settings):
        settings.CREDITS_SHORTFALL_POLICY = "lien"
        write_off(lot, 80)
        give_back(account.transactions.get(kind="SPEND"), 80)
        make_spend(account=account, credits=100)
        set_target(account.lots.order_by("pk").last(), 50)

        make_lot(account=account, credits=60)

        assert self.most(account) == 10


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_people_write_off_what_is_owed_once(self):
        lot = make_short()
        barrier = Barrier(2)

        def run(person):
            try:
                barrier.wait(10)
                return write_off(lot, 80, actor=f"staff:{person}", key=f"form-{person}")
            except write_offs.NothingOwed as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(run, (1, 2)))

        assert sorted(type(result).__name__ for result in results) == ["NothingOwed", "WriteOff"]
        assert WriteOff.objects.count() == 1
