"""Plans made on small tables, and kept: the verbs still read no more rows than they need."""

import pytest
from django.db import connection

from credits import holds, ledger
from credits.models import Account
from tests.credits.factories import give_back, make_hold, make_lot, make_spend

pytestmark = pytest.mark.django_db

TABLES = ["account", "lot", "credittransaction", "entry", "hold", "holdentry"]
CROWD = 300


def rows_read():
    """Count the rows that this transaction has read of the ledger's tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))
               FROM pg_stat_xact_user_tables WHERE relname LIKE 'credits_%%'"""
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def crowd():
    """Accounts that came after each verb was planned; the first of them has done a lot."""
    use_each_verb(1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(f"credits_{table}" for table in TABLES))
    use_each_verb(1)
    accounts = use_each_verb(CROWD)
    for _ in range(CROWD):
        make_spend(account=accounts[0], credits=1)
    return accounts


def use_each_verb(number):
    """Open accounts, and use the verbs of this file in each."""
    accounts = Account.objects.bulk_create([Account() for _ in range(number)])
    for account in accounts:
        make_lot(account=account, credits=1_000)
        [spent] = ledger.spend_many([ledger.Spend(account=account, credits=2, key="first")])
        captured = holds.capture(hold=make_hold(account=account, credits=3), credits=2)
        give_back(spent, 1)
        give_back(captured.transaction, 1)
    return accounts


def test_many_spends_read_their_own_rows(crowd):
    wanted = [ledger.Spend(account=one, credits=1, key="new") for one in crowd[:20]]
    before = rows_read()

    ledger.spend_many(wanted)

    assert rows_read() - before < 20 * 20


def test_giving_back_reads_the_rows_of_what_it_undoes(crowd):
    spent = crowd[0].transactions.get(key="first")
    captured = crowd[1].holds.get().transaction
    before = rows_read()

    give_back(spent, 1)
    give_back(captured, 1)

    assert rows_read() - before < 100


def test_closing_a_hold_reads_that_hold(crowd):
    held = make_hold(account=crowd[0], credits=5)
    before = rows_read()

    holds.capture(hold=held, credits=3)

    assert rows_read() - before < 50
