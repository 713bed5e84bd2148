"""Sweep what is due, and count what is not."""

from datetime import datetime

from credits.doors.running import run
from credits.prepared import Statement, instant, integer, to_boolean, to_integer

_EXPIRE = Statement(
    """
INSERT INTO credits_expire (account_id, at)
SELECT due.id, %s::timestamptz
FROM (
    SELECT id FROM credits_account WHERE next_expiry_at <= %s ORDER BY next_expiry_at, id LIMIT %s
) AS due
ORDER BY due.id
RETURNING expired
""",
    takes=(instant, instant, integer),
    returns=(to_integer,),
)

# Hardly ever is anything due, and a statement that only asks whether it is takes a quarter less.
_BALANCE = Statement(
    "SELECT balance, next_expiry_at <= %s FROM credits_account WHERE id = %s",
    takes=(instant, integer),
    returns=(to_integer, to_boolean),
)

_BALANCE_WITHOUT_DUE = Statement(
    """
SELECT account.balance - (
    SELECT coalesce(sum(lot.remaining), 0)::bigint
    FROM credits_lot AS lot
    WHERE lot.account_id = account.id AND lot.is_open AND lot.expires_at <= %s
)
FROM credits_account AS account
WHERE account.id = %s
""",
    takes=(instant, integer),
    returns=(to_integer,),
)


def expire(*, at: datetime, batch: int) -> list[int]:
    """Sweep up to `batch` accounts in which something is due; return what each lost."""
    return [expired for (expired,) in run(_EXPIRE, at, at, batch)]


def balance(*, account_id: int, at: datetime) -> int | None:
    """Count what can be spent; None if there is no such account."""
    rows = run(_BALANCE, at, account_id)
    if rows and rows[0][1]:
        rows = run(_BALANCE_WITHOUT_DUE, at, account_id)
    return rows[0][0] if rows else None
