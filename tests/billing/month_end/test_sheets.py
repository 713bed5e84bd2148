"""The sheet of a month: it foots, in credits and in money, whatever has happened."""

import contextlib
import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import month_end
from billing.models import Purchase
from billing.month_end import Period
from credits import holds, ledger
from credits.errors import LedgerError
from credits.models import Account, Lot
from tests.credits import back_door
from tests.credits.factories import (
    give_back,
    make_hold,
    make_lot,
    make_spend,
    set_target,
    unique,
)
from tests.shop import promised

pytestmark = pytest.mark.django_db

SEPTEMBER, OCTOBER = datetime(2025, 9, 10, tzinfo=UTC), datetime(2025, 10, 10, tzinfo=UTC)
LAST_OF_OCTOBER, NOVEMBER = datetime(2025, 10, 31, tzinfo=UTC), datetime(2025, 11, 10, tzinfo=UTC)
IN_OCTOBER = Period(date(2025, 10, 1), date(2025, 10, 31))
IN_NOVEMBER = Period(date(2025, 11, 1), date(2025, 11, 30))


@pytest.fixture
def sold(shop):
    """A purchase of 100 credits, 20 of them a bonus, for 10.00 USD, to make others like it."""
    plan = shop.plan(name="Studio", credits=80, bonus_credits=20)
    with time_machine.travel(SEPTEMBER, tick=False):
        return shop.sell(plan=plan)


def person():
    """Somebody who has an account since before all of this."""
    with time_machine.travel(SEPTEMBER - timedelta(days=1), tick=False):
        return Account.objects.create()


def sell(sold, *, at, account=None, total=1000, tax=0):
    """Sell another one like it, at an instant, without Stripe."""
    account = account or person()
    lot = make_lot(account=account, credits=100, kind=Lot.Kind.PURCHASE, at=at)
    purchase = Purchase.objects.create(**promised(sold, account=account, plan=sold.plan))
    paid = {"amount_discount": 0, "amount_tax": tax, "amount_total": total}
    Purchase.objects.filter(pk=purchase.pk).update(
        status="paid", lot=lot, paid_at=at, stripe_session_id=unique("cs"), **paid
    )
    return lot


def write_off_the_books(lot):
    """Let a lot say that seven more of its credits were spent than were."""
    back_door.open_back_door()
    back_door.write("UPDATE credits_lot SET spent = 7 WHERE id = %s", [lot.pk])


def sheet(period=IN_OCTOBER):
    found = month_end.add_up(period)
    assert found.foots, [vars(line) for line in found.faults]
    return found


def moved(amounts):
    return {name: getattr(amounts, name) for name in month_end.COLUMNS if getattr(amounts, name)}


class TestSheet:
    def test_shows_what_was_sold_with_its_bonus_and_its_money(self, sold):
        sell(sold, at=OCTOBER)

        [line] = sheet().lines

        assert (line.plan, line.currency) == (sold.plan, "usd")
        assert moved(line.credits) == {"opening": 100, "sold": 80, "bonus": 20, "closing": 200}
        assert moved(line.money) == {"opening": 1000, "sold": 1000, "closing": 2000}

    def test_shows_what_became_of_credits_at_what_was_paid_for_them(self, sold):
        lot = sell(sold, at=OCTOBER)
        spend = make_spend(account=lot.account, credits=30, at=OCTOBER)
        give_back(spend, 10, at=OCTOBER)
        set_target(lot, 25, at=OCTOBER)
        ledger.adjust(
            account=lot.account, credits=-5, reason="Wrong", actor="staff:1", key="k", at=OCTOBER
        )

        [line] = sheet().lines

        assert moved(line.credits) == {
            "opening": 100,
            "sold": 80,
            "bonus": 20,
            "adjusted": -5,
            "taken_back": -25,
            "spent": -20,
            "closing": 150,
        }
        assert moved(line.money) == {
            "opening": 1000,
            "sold": 1000,
            "adjusted": -50,
            "taken_back": -250,
            "spent": -200,
            "closing": 1500,
        }

    def test_shows_what_was_given_apart_and_without_money(self):
        make_lot(account=person(), credits=30, at=OCTOBER)
        make_lot(account=person(), credits=7, kind=Lot.Kind.SIGNUP, at=OCTOBER)
        ledger.adjust(
            account=person(), credits=5, reason="Sorry", actor="staff:1", key="k", at=OCTOBER
        )

        lines = {line.kind: line for line in sheet().lines}

        assert moved(lines[Lot.Kind.PROMOTION].credits) == {"given": 30, "closing": 30}
        assert moved(lines[Lot.Kind.SIGNUP].credits) == {"given": 7, "closing": 7}
        assert moved(lines[Lot.Kind.ADJUSTMENT].credits) == {"adjusted": 5, "closing": 5}
        assert all(line.money is None for line in lines.values())

    def test_counts_held_credits_as_outstanding_until_they_are_captured(self):
        lot = make_lot(account=person(), credits=100, at=SEPTEMBER)
        hold = make_hold(
            account=lot.account, credits=40, at=LAST_OF_OCTOBER, lasts=timedelta(days=7)
        )
        assert moved(sheet().credits) == {"opening": 100, "closing": 100}

        holds.capture(hold=hold, credits=30, at=LAST_OF_OCTOBER + timedelta(days=2))

        assert moved(sheet().credits) == {"opening": 100, "closing": 100}
        assert moved(sheet(IN_NOVEMBER).credits) == {"opening": 100, "spent": -30, "closing": 70}

    def test_counts_credits_that_begin_later_from_their_grant(self):
        make_lot(account=person(), credits=100, at=OCTOBER, starts_at=NOVEMBER)

        assert moved(sheet().credits) == {"given": 100, "closing": 100}

    def test_shows_what_expired_in_the_month_of_the_sweep(self):
        make_lot(account=person(), credits=100, at=SEPTEMBER, expires_at=OCTOBER)
        ledger.expire(at=OCTOBER)

        assert moved(sheet().credits) == {"opening": 100, "expired": -100}

    def test_parts_a_price_that_does_not_divide_to_the_smallest_unit(self, sold):
        lot = sell(sold, at=OCTOBER, total=997)
        for _ in range(100):
            make_spend(account=lot.account, credits=1, at=NOVEMBER)

        assert moved(sheet(IN_NOVEMBER).money["usd"])["spent"] == -997

    def test_leaves_out_tax(self, sold):
        sell(sold, at=OCTOBER, total=1190, tax=190)

        assert sheet().money["usd"].sold == 1000

    def test_stands_for_a_day_of_the_month(self):
        make_lot(account=person(), credits=30, at=OCTOBER)
        make_lot(account=person(), credits=5, at=OCTOBER + timedelta(days=1))

        upto = Period(date(2025, 10, 1), date(2025, 10, 10))

        assert moved(sheet(upto).credits) == {"given": 30, "closing": 30}

    def test_counts_an_operation_on_its_day_though_it_was_booked_later(self):
        lot = make_lot(account=person(), credits=100, at=SEPTEMBER)
        make_spend(account=lot.account, credits=10, at=NOVEMBER)
        before = sheet().credits.closing
        make_spend(account=lot.account, credits=5, at=OCTOBER)

        assert before == 100
        assert sheet().credits.closing == sheet(IN_NOVEMBER).credits.opening == 95

    def test_is_empty_where_nothing_was(self):
        assert sheet().lines == []


class TestFooting:
    def test_fails_where_a_lot_says_more_than_its_movements(self, sold):
        lot = sell(sold, at=OCTOBER)
        write_off_the_books(lot)

        found = month_end.add_up(IN_OCTOBER)

        [fault] = found.faults
        assert not found.foots
        assert (fault.credits.difference, fault.money and fault.money.difference) == (-7, -70)

    def test_is_not_made_up_for_by_another_plan(self, sold):
        sell(sold, at=OCTOBER)
        other = make_lot(account=person(), credits=50, at=OCTOBER)
        write_off_the_books(other)

        assert [line.kind for line in month_end.add_up(IN_OCTOBER).faults] == ["PROMOTION"]


class TestAnyHistory:
    """Random operations, day by day; what the lots said each evening is what the sheets say now."""

    @settings(
        max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
    )
    @given(seed=st.integers(0, 10**9))
    def test_foots_and_closes_each_day_with_what_was_outstanding_then(self, sold, seed):
        with transaction.atomic():
            self._play(sold, seed)
            transaction.set_rollback(True)  # the next example begins with an empty ledger

    def _play(self, sold, seed):
        chance = random.Random(seed)
        accounts = [person() for _ in range(2)]
        evenings = {}
        for later in range(25):
            at = datetime(2025, 10, 15, tzinfo=UTC) + timedelta(days=later)
            for _ in range(chance.randint(0, 3)):
                self._anything(chance, chance.choice(accounts), sold, at)
            evenings[at.date()] = self._outstanding()

        opening, money = None, {}
        for day in sorted(evenings):
            found = sheet(Period(day.replace(day=1), day))
            closing = {
                (line.plan, line.kind): line.credits.closing
                for line in found.lines
                if line.credits.closing
            }
            assert closing == evenings[day], (seed, day)
            if day.day == 1 and opening is not None:
                assert found.credits.opening == opening
                assert {c: m.opening for c, m in found.money.items()} == money
            opening = found.credits.closing
            money = {c: m.closing for c, m in found.money.items()}

    def _anything(self, chance, account, sold, at):
        verbs = (
            lambda: sell(sold, at=at, account=account),
            lambda: make_lot(
                account=account,
                credits=chance.randint(1, 60),
                at=at,
                expires_at=at + timedelta(days=chance.randint(1, 9)),
            ),
            lambda: make_lot(account=account, credits=9, at=at, starts_at=at + timedelta(days=3)),
            lambda: make_spend(account=account, credits=chance.randint(1, 70), at=at),
            lambda: make_hold(account=account, credits=chance.randint(1, 40), at=at),
            lambda: self._close_hold(chance, account, at),
            lambda: self._return(chance, account, at),
            lambda: set_target(self._lot(chance, account), chance.randint(0, 9), at=at),
            lambda: ledger.adjust(
                account=account,
                credits=chance.choice([-7, 11]),
                reason="Why not",
                actor="staff:1",
                key=unique("adjust"),
                at=at,
            ),
            lambda: ledger.expire(at=at),
        )
        with contextlib.suppress(LedgerError, IndexError):  # too few credits, or nothing to undo
            chance.choice(verbs)()

    def _lot(self, chance, account):
        return chance.choice(list(account.lots.order_by("pk")))

    def _close_hold(self, chance, account, at):
        hold = chance.choice(list(account.holds.filter(status="HELD").order_by("pk")))
        if chance.random() < 0.5:
            holds.release(hold=hold, at=at)
        else:
            holds.capture(hold=hold, credits=chance.randint(1, hold.credits), at=at)

    def _return(self, chance, account, at):
        spends = list(account.transactions.filter(kind="SPEND").order_by("pk"))
        give_back(chance.choice(spends), chance.randint(1, 5), at=at)

    def _outstanding(self):
        found: dict[Any, int] = defaultdict(int)
        for lot in Lot.objects.select_related("purchase__plan"):
            purchase = getattr(lot, "purchase", None)
            found[purchase and purchase.plan, lot.kind] += lot.remaining + lot.held + lot.pending
        return {key: credits for key, credits in found.items() if credits}


class TestCommand:
    def run(self, capsys, *args):
        try:
            call_command("month_end", *args)
        except SystemExit as exit_:
            code = exit_.code
        else:
            code = 0
        return code, capsys.readouterr()

    def test_prints_the_sheet_and_that_it_foots(self, sold, capsys):
        sell(sold, at=OCTOBER)

        code, printed = self.run(capsys, "2025-10")

        assert code == 0
        assert "Studio, USD" in printed.out
        assert printed.out.endswith("It foots.\n")

    def test_fails_where_it_does_not_foot_and_says_by_how_much(self, sold, capsys):
        lot = sell(sold, at=OCTOBER)
        write_off_the_books(lot)

        code, printed = self.run(capsys, "2025-10")

        assert code == 1
        assert "It foots" not in printed.out
        assert "off by -7 credits, -0.70 USD" in printed.err

    def test_writes_a_file_with_numbers_that_stay_numbers(self, sold, capsys):
        lot = sell(sold, at=OCTOBER)
        make_spend(account=lot.account, credits=5, at=OCTOBER)

        _code, printed = self.run(capsys, "2025-10-31", "--csv")

        lines = printed.out.removeprefix("\ufeff").splitlines()
        assert len(lines) == 3
        assert lines[2].endswith('"usd",10.00,10.00,0.00,0.00,0.00,0.00,-0.50,0.00,19.50,0.00')

    def test_takes_a_month_that_has_begun(self):
        with pytest.raises(Exception, match="a month such as 2026-10"):
            call_command("month_end", "october")
