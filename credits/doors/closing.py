"""Close holds: captured, released, or over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from credits.doors.running import run
from credits.prepared import Statement, instant, integer, json, string, to_boolean

_CLOSE_HOLD = Statement(
    """
INSERT INTO credits_close_hold
    (account_id, hold_id, status, captured, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING closed
""",
    takes=(integer, integer, string, integer, string, json, string, instant),
    returns=(to_boolean,),
)

_CLOSE_DUE_HOLDS = Statement(
    """
INSERT INTO credits_close_hold
    (account_id, hold_id, status, captured, description, metadata, actor, at)
SELECT due.account_id, due.id, 'EXPIRED', 0, '', '{}', 'system', %s::timestamptz
FROM (
    SELECT id, account_id FROM credits_hold
    WHERE status = 'HELD' AND expires_at <= %s
    ORDER BY expires_at, id LIMIT %s
) AS due
ORDER BY due.account_id, due.id
RETURNING closed
""",
    takes=(instant, instant, integer),
    returns=(to_boolean,),
)


def close_hold(
    *,
    account_id: int,
    hold_id: int,
    status: str,
    captured: int,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
) -> bool:
    """Return whether it was open until now."""
    values = (account_id, hold_id, status, captured, description, metadata, actor, at)
    return bool(run(_CLOSE_HOLD, *values)[0][0])


def close_due_holds(*, at: datetime, batch: int) -> int:
    """Let go up to `batch` holds whose time is over; return how many were found."""
    return len(run(_CLOSE_DUE_HOLDS, at, at, batch))
