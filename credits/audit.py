"""
Does the ledger add up? Every invariant of `docs/ledger.md`, asked of every account.

Accounts are looked at some thousand at a time, each batch in a snapshot of its own, so that memory
stays flat and running operations neither wait nor look like faults.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from credits.models import Account

# Each asks one thing of the accounts from `first` to `last` and answers with a row a fault:
# account, lot (or null), what is wrong.
_QUESTIONS = (
    # I2: the balance is in the lots, and so is what is held.
    """
    SELECT account.id, NULL::bigint,
        format('balance %%s, lots hold %%s; held %%s, lots say %%s',
               account.balance, lots.remaining, account.held, lots.held)
    FROM credits_account AS account
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(remaining), 0) AS remaining, coalesce(sum(held), 0) AS held
        FROM credits_lot WHERE account_id = account.id
    ) AS lots
    WHERE account.id BETWEEN %(first)s AND %(last)s
      AND (account.balance <> lots.remaining OR account.held <> lots.held)
    """,
    # The guard of the hot path: nothing expires or begins before next_expiry_at.
    """
    SELECT account.id, lot.id,
        format('%%s at %%s, the account expects nothing before %%s',
               CASE WHEN lot.is_open THEN 'expires' ELSE 'begins' END, lot.due_at,
               coalesce(account.next_expiry_at::text, 'ever'))
    FROM credits_account AS account
    JOIN (
        SELECT id, account_id, is_open,
            CASE WHEN is_open THEN expires_at ELSE starts_at END AS due_at
        FROM credits_lot
        WHERE is_open OR pending > 0
    ) AS lot ON lot.account_id = account.id
    WHERE account.id BETWEEN %(first)s AND %(last)s
      AND (lot.due_at < account.next_expiry_at
           OR (lot.due_at IS NOT NULL AND account.next_expiry_at IS NULL))
    """,
    # I2: numbers 1..n without a gap, and the balance runs through them.
    """
    SELECT account_id, NULL::bigint,
        format('transaction %%s: number %%s after %%s, balance %%s after %%s %%s',
               id, seq, last_seq, balance_after, last_balance, amount)
    FROM (
        SELECT id, account_id, seq, amount, balance_after,
            lag(seq, 1, 0::bigint) OVER running AS last_seq,
            lag(balance_after, 1, 0::bigint) OVER running AS last_balance
        FROM credits_credittransaction
        WHERE account_id BETWEEN %(first)s AND %(last)s
        WINDOW running AS (PARTITION BY account_id ORDER BY seq)
    ) AS txn
    WHERE seq <> last_seq + 1 OR balance_after <> last_balance + amount
    """,
    # I2: the account stands where its last transaction left it.
    """
    SELECT account.id, NULL::bigint,
        format('number %%s, balance %%s; its transactions end at number %%s, balance %%s',
               account.last_seq, account.balance, coalesce(newest.seq, 0),
               coalesce(newest.balance_after, 0))
    FROM credits_account AS account
    LEFT JOIN LATERAL (
        SELECT seq, balance_after FROM credits_credittransaction
        WHERE account_id = account.id ORDER BY seq DESC LIMIT 1
    ) AS newest ON true
    WHERE account.id BETWEEN %(first)s AND %(last)s
      AND (account.last_seq, account.balance)
          <> (coalesce(newest.seq, 0), coalesce(newest.balance_after, 0))
    """,
    # A transaction is what it did to its lots: all of one sign and of its own account. It names the
    # lot where there is one, and has an entry for each where there are several.
    """
    SELECT txn.account_id, NULL::bigint,
        format('transaction %%s (%%s %%s): %%s, and %%s entries that add up to %%s',
               txn.id, txn.kind, txn.amount,
               CASE WHEN txn.lot_id IS NULL THEN 'no lot' ELSE 'lot ' || txn.lot_id END,
               parts.number, coalesce(parts.amount, 0))
    FROM credits_credittransaction AS txn
    LEFT JOIN credits_lot AS lot ON lot.id = txn.lot_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, sum(entry.amount) AS amount,
            bool_and(sign(entry.amount) = sign(txn.amount)) AS one_sign,
            bool_and(entry.account_id = txn.account_id AND entered.account_id = txn.account_id)
                AS one_account
        FROM credits_entry AS entry
        LEFT JOIN credits_lot AS entered ON entered.id = entry.lot_id
        WHERE entry.transaction_id = txn.id
    ) AS parts
    WHERE txn.account_id BETWEEN %(first)s AND %(last)s
      AND CASE
            WHEN txn.lot_id IS NULL THEN parts.number > 1 AND parts.amount = txn.amount
                AND parts.one_sign AND parts.one_account
            ELSE parts.number = 0 AND lot.account_id = txn.account_id
          END IS NOT TRUE
    """,
    # I2, I3, I4, I5: a lot is the sum of its movements and captures, kind by kind. The rows of all
    # three are summed by lot, without a join that a plan for small tables could make quadratic.
    """
    SELECT account_id, lot_id,
        format('granted %%s spent %%s held %%s expired %%s adjusted off %%s clawed back %%s of %%s '
               'pending %%s remaining %%s; its movements say %%s, %%s, %%s, %%s, %%s, %%s, %%s, '
               'remaining %%s',
               granted, spent, held, expired, adjusted_off, clawed_back, clawback_target, pending,
               remaining, m_granted, m_spent, m_held, m_expired, m_adjusted_off, m_clawed_back,
               m_pending, m_remaining)
    FROM (
        SELECT lot_id, max(account_id) AS account_id, max(granted) AS granted, max(spent) AS spent,
            max(held) AS held, max(expired) AS expired, max(adjusted_off) AS adjusted_off,
            max(clawed_back) AS clawed_back, max(clawback_target) AS clawback_target,
            max(pending) AS pending, max(remaining) AS remaining, bool_or(is_open) AS is_open,
            min(starts_at) AS starts_at,
            count(*) FILTER (WHERE opens) AS grants,
            coalesce(sum(amount) FILTER (WHERE opens), 0) AS m_granted,
            coalesce(-sum(amount) FILTER (WHERE kind IN ('SPEND', 'GIVE_BACK')), 0)
                + coalesce(sum(captured), 0) AS m_spent,
            coalesce(-sum(amount) FILTER (WHERE kind IN ('HOLD', 'RELEASE')), 0)
                - coalesce(sum(captured), 0) AS m_held,
            coalesce(-sum(amount) FILTER (WHERE kind = 'EXPIRY'), 0) AS m_expired,
            coalesce(-sum(amount) FILTER (WHERE kind = 'ADJUSTMENT' AND NOT opens), 0)
                AS m_adjusted_off,
            coalesce(-sum(amount) FILTER (WHERE kind IN ('CLAW_BACK', 'RESTORE')), 0)
                AS m_clawed_back,
            coalesce(-sum(amount) FILTER (WHERE kind IN ('DEFER', 'START')), 0) AS m_pending,
            coalesce(sum(amount), 0) AS m_remaining
        FROM (
            SELECT id AS lot_id, account_id, granted, spent, held, expired, adjusted_off,
                clawed_back, clawback_target, pending, remaining, is_open, starts_at, NULL AS kind,
                NULL::bigint AS amount, false AS opens, NULL::bigint AS captured
            FROM credits_lot
            WHERE account_id BETWEEN %(first)s AND %(last)s
            UNION ALL
            SELECT lot_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                kind, amount, kind = 'GRANT' OR (kind = 'ADJUSTMENT' AND amount > 0), NULL
            FROM (
                SELECT lot_id, kind, amount
                FROM credits_credittransaction
                WHERE account_id BETWEEN %(first)s AND %(last)s AND lot_id IS NOT NULL
                UNION ALL
                SELECT entry.lot_id, txn.kind, entry.amount
                FROM credits_credittransaction AS txn
                CROSS JOIN LATERAL (
                    SELECT lot_id, amount FROM credits_entry
                    WHERE transaction_id = txn.id
                    OFFSET 0 -- looked up for each
                ) AS entry
                WHERE txn.account_id BETWEEN %(first)s AND %(last)s AND txn.lot_id IS NULL
            ) AS movement
            UNION ALL
            SELECT lot_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                NULL, NULL, false, captured
            FROM credits_capture_v1
            WHERE account_id BETWEEN %(first)s AND %(last)s
        ) AS row
        GROUP BY lot_id
    ) AS lot
    WHERE account_id IS NOT NULL
      AND (
        grants = 1
        AND (granted, spent, held, expired, adjusted_off, clawed_back, pending, remaining)
          = (m_granted, m_spent, m_held, m_expired, m_adjusted_off, m_clawed_back, m_pending,
             m_remaining)
        AND remaining = granted - spent - held - expired - adjusted_off - clawed_back - pending
        AND (pending = 0 OR (pending = granted AND starts_at IS NOT NULL))
        AND is_open = (remaining > 0)
        AND least(remaining, spent, held, expired, adjusted_off) >= 0
        AND 0 <= clawed_back AND clawed_back <= clawback_target
        AND clawback_target <= granted
        AND (remaining = 0 OR clawed_back = clawback_target)
      ) IS NOT TRUE
    """,
    # A hold is its transaction, its captures and its release.
    """
    SELECT hold.account_id, NULL::bigint,
        format('hold %%s (%%s): %%s of %%s captured; its transaction says %%s, its parts %%s, '
               'released %%s',
               hold.id, hold.status, hold.captured, hold.credits, -txn.amount, parts.captured,
               released.amount)
    FROM credits_hold AS hold
    JOIN credits_credittransaction AS txn ON txn.id = hold.transaction_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(captured), 0) AS captured FROM credits_capture_v1
        WHERE hold_id = hold.id
    ) AS parts
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS amount FROM credits_credittransaction
        WHERE undoes_id = txn.id AND kind = 'RELEASE'
    ) AS released
    WHERE hold.account_id BETWEEN %(first)s AND %(last)s
      AND (
        txn.kind = 'HOLD' AND txn.account_id = hold.account_id AND -txn.amount = hold.credits
        AND txn.operation = hold.operation
        AND parts.captured = hold.captured
        AND (txn.lot_id IS NULL OR NOT EXISTS (
            SELECT FROM credits_holdentry WHERE hold_id = hold.id
        ))
        AND released.amount
            = CASE hold.status WHEN 'HELD' THEN 0 ELSE hold.credits - hold.captured END
      ) IS NOT TRUE
    """,
    # Nothing is given back that was not used.
    """
    SELECT txn.account_id, NULL::bigint,
        format('transaction %%s (%%s %%s): %%s given back', txn.id, txn.kind, txn.amount,
               returned.amount)
    FROM credits_credittransaction AS txn
    JOIN LATERAL (
        SELECT sum(amount) AS amount FROM credits_credittransaction
        WHERE undoes_id = txn.id AND kind = 'GIVE_BACK'
    ) AS returned ON returned.amount > 0
    LEFT JOIN credits_hold AS hold ON hold.transaction_id = txn.id
    WHERE txn.account_id BETWEEN %(first)s AND %(last)s
      AND returned.amount > CASE txn.kind
          WHEN 'SPEND' THEN -txn.amount WHEN 'HOLD' THEN coalesce(hold.captured, 0) ELSE 0 END
    """,
)


@dataclass(frozen=True)
class Fault:
    """One thing that does not add up, in an account and, where it is one lot's, in that lot."""

    account_id: int
    lot_id: int | None
    problem: str

    def __str__(self) -> str:
        lot = f", lot {self.lot_id}" if self.lot_id else ""
        return f"account {self.account_id}{lot}: {self.problem}"


def faults(*, batch: int = 2000) -> Iterator[Fault]:
    """
    Look through the whole ledger, and yield what does not add up.

    :param batch: how many accounts are read in one snapshot
    """
    for first, last in _ranges(batch):
        yield from _faults_between(first, last)


def _ranges(batch: int) -> Iterator[tuple[int, int]]:
    after = 0
    while True:
        ids = list(
            Account.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:batch]
        )
        if not ids:
            return
        yield ids[0], ids[-1]
        after = ids[-1]


def _faults_between(first: int, last: int) -> list[Fault]:
    own_snapshot = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if own_snapshot:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        found = []
        for question in _QUESTIONS:
            cursor.execute(question, {"first": first, "last": last})
            found += [Fault(*row) for row in cursor.fetchall()]
        return found
