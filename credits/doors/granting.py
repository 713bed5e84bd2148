"""Open a lot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from credits.doors.running import run
from credits.prepared import Statement, instant, integer, json, string, to_boolean, to_integer

_GRANT = Statement(
    """
INSERT INTO credits_grant
    (account_id, kind, lot_kind, credits, source, expires_at, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING lot_id, transaction_id, seq, replayed, key_taken
""",
    takes=(
        integer,
        string,
        string,
        integer,
        string,
        instant,
        string,
        string,
        json,
        string,
        instant,
    ),
    returns=(to_integer, to_integer, to_integer, to_boolean, to_boolean),
)


class Granted(NamedTuple):
    lot_id: int | None
    transaction_id: int | None
    seq: int | None
    replayed: bool | None
    key_taken: bool | None


def grant(
    *,
    account_id: int,
    kind: str,
    lot_kind: str,
    credits: int,
    source: str,
    expires_at: datetime | None,
    key: str | None,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
) -> Granted:
    return Granted(
        *run(
            _GRANT,
            account_id,
            kind,
            lot_kind,
            credits,
            source,
            expires_at,
            key,
            description,
            metadata,
            actor,
            at,
        )[0]
    )
