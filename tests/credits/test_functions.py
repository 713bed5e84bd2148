"""
Each statement as the server sees it, but for its line breaks.

Its columns and places follow from the types of a call and an answer: this is what they come to.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from credits import holds, ledger
from tests.credits.factories import (
    give_back,
    make_account,
    make_hold,
    make_lot,
    make_spend,
    set_target,
)

STATEMENTS = {
    "draw": """
INSERT INTO credits_draw_v1
    (account_id, kind, credits, key, operation, description, metadata, actor, at, lien,
     hold_expires_at, alone)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, lot_id, seq, balance_after, replayed, available, refused, hold_id
""",
    "spend many": """
INSERT INTO credits_spend_many_v1 (spends, at, lien)
VALUES (%s, %s, %s)
RETURNING answers
""",
    "grant": """
INSERT INTO credits_grant_v1
    (account_id, kind, lot_kind, credits, source, priority, starts_at, expires_at, key, description,
     metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING lot_id, transaction_id, replayed, key_taken, refused
""",
    "give back": """
INSERT INTO credits_give_back_v1
    (account_id, undoes_id, credits, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, lot_id, seq, balance_after, operation, replayed, available, refused
""",
    "set clawback target": """
INSERT INTO credits_set_clawback_target_v1
    (account_id, lot_id, target, key, description, metadata, actor, at, restored_until)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING key_taken, refused
""",
    "extend hold": """
INSERT INTO credits_extend_hold_v1 (account_id, hold_id, at, until, alone)
VALUES (%s, %s, %s, %s, %s)
RETURNING expires_at, refused
""",
    "close hold": """
INSERT INTO credits_close_hold_v1
    (account_id, hold_id, status, captured, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING closed, refused
""",
    "close due holds": """
INSERT INTO credits_close_hold_v1
    (account_id, hold_id, status, captured, description, metadata, actor, at)
SELECT due.account_id, due.id, 'EXPIRED', 0, '', '{}', 'system', %s::timestamptz
FROM (
    SELECT id, account_id FROM credits_hold
    WHERE status = 'HELD' AND expires_at <= %s
    ORDER BY expires_at, id LIMIT %s
) AS due
ORDER BY due.account_id, due.id
RETURNING closed, refused
""",
    "expire": """
INSERT INTO credits_expire_v1 (account_id, at)
SELECT due.id, %s::timestamptz
FROM (
    SELECT id FROM credits_account WHERE next_expiry_at <= %s ORDER BY next_expiry_at, id LIMIT %s
) AS due
ORDER BY due.id
RETURNING expired, refused
""",
    "balance": """SELECT balance, next_expiry_at <= %s FROM credits_account WHERE id = %s""",
    "balance without what is due": """
SELECT balance + credits_due_v1(id, %s) FROM credits_account WHERE id = %s
""",
}


@pytest.fixture
def sent(db):
    """Each statement that reaches one of the ledger's functions, as its text."""
    texts = []

    def listen(execute, sql, params, many, context):
        texts.append(" ".join(sql.split()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield texts


def do_everything():
    account = make_account(credits=100)
    lot = make_lot(account=account, credits=100)
    later = timezone.now() + timedelta(days=1)
    spent = make_spend(account=account, credits=10)
    ledger.spend_many([ledger.Spend(account=account, credits=1, key="one of many")])
    give_back(spent, 5)
    holds.release(hold=holds.extend(hold=make_hold(account=account, credits=20)))
    holds.expire_holds(at=later)
    set_target(lot, 30)
    make_lot(account=account, credits=9, expires_at=later)
    ledger.balance(account, at=later)
    ledger.expire(at=later)


@pytest.mark.parametrize("name", STATEMENTS)
def test_is_sent_as_it_stands_here(name, sent):
    do_everything()

    assert " ".join(STATEMENTS[name].split()) in sent
