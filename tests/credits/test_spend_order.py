"""The order in which lots are spent stands in the model, and everything that takes follows it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

import credits
from credits import ledger
from credits.models import Lot, Movement
from credits.models.lots import SPEND_ORDER
from tests.credits.factories import make_account, make_hold, make_lot, make_spend, unique

pytestmark = pytest.mark.django_db

SQL = Path(credits.__file__).parent / "sql"
COLUMNS = ", ".join(SPEND_ORDER)


def spend_many(account, credits):
    spend = ledger.Spend(account=account, credits=credits, key=unique("spend"))
    ledger.spend_many([spend])


def adjust(account, credits):
    ledger.adjust(account=account, credits=-credits, reason="r", actor="a", key=unique("adjust"))


TAKERS = {
    "spend": lambda account, credits: make_spend(account=account, credits=credits),
    "hold": lambda account, credits: make_hold(account=account, credits=credits),
    "adjust": adjust,
    "spend_many": spend_many,
}


@pytest.fixture
def account():
    """An account with lots of one credit that came in another order than they are spent in."""
    account = make_account()
    now = timezone.now()
    for days, priority in [(None, 50), (3, 50), (1, 50), (1, 50), (1, 100), (None, 50), (2, 0)]:
        expires_at = now + timedelta(days=days) if days else None
        make_lot(account=account, credits=1, expires_at=expires_at, priority=priority)
    return account


@pytest.mark.parametrize("verb", TAKERS)
@pytest.mark.parametrize("at_once", [1, 7])
def test_is_that_of_each_verb(account, verb, at_once):
    lots = list(Lot.objects.open().values_list("pk", flat=True))

    for _ in range(7 // at_once):
        TAKERS[verb](account, at_once)

    taken = Movement.objects.filter(amount__lt=0).order_by("transaction_id", "-pk")
    assert list(taken.values_list("lot_id", flat=True)) == lots


def test_goes_by_priority_then_by_expiry_and_puts_what_never_expires_last(account):
    days = [lot.expires_at for lot in Lot.objects.open().filter(priority=50)]

    assert [lot.priority for lot in Lot.objects.open()] == [0, 50, 50, 50, 50, 50, 100]
    assert days == [*sorted(day for day in days if day), None, None]


def test_is_that_of_the_index():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('lot_open_in_spend_order'::regclass)")
        [definition] = cursor.fetchone()

    assert definition.endswith(f"(account_id, {COLUMNS}) WHERE is_open")


def test_stands_once_in_the_database():
    orders = {
        file.stem: re.findall(r"ORDER BY (.*) -- SPEND_ORDER", file.read_text())
        for file in SQL.glob("*.sql")
    }

    assert {name: order for name, order in orders.items() if order} == {
        "lots": [COLUMNS],
    }
