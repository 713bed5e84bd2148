"""Give credits back, and follow money that went back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from credits.doors.running import run
from credits.prepared import Statement, instant, integer, json, string, to_boolean, to_integer

_GIVE_BACK = Statement(
    """
INSERT INTO credits_give_back
    (account_id, undoes_id, credits, key, description, metadata, actor, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, seq, balance_after, replayed, available
""",
    takes=(integer, integer, integer, string, string, json, string, instant),
    returns=(to_integer, to_integer, to_integer, to_boolean, to_integer),
)

_SET_CLAWBACK_TARGET = Statement(
    """
INSERT INTO credits_set_clawback_target
    (account_id, lot_id, target, key, description, metadata, actor, at, restored_until)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING key_taken
""",
    takes=(integer, integer, integer, string, string, json, string, instant, instant),
    returns=(to_boolean,),
)


class GivenBack(NamedTuple):
    transaction_id: int | None
    seq: int | None
    balance_after: int | None
    replayed: bool
    available: int | None


def give_back(
    *,
    account_id: int,
    undoes_id: int,
    credits: int,
    key: str,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
) -> GivenBack:
    values = (account_id, undoes_id, credits, key, description, metadata, actor, at)
    return GivenBack(*run(_GIVE_BACK, *values)[0])


def set_clawback_target(
    *,
    account_id: int,
    lot_id: int,
    target: int,
    key: str,
    description: str,
    metadata: Mapping[str, Any],
    actor: str,
    at: datetime,
    restored_until: datetime,
) -> bool:
    """Return whether the key belongs to another operation; then nothing was written."""
    values = (account_id, lot_id, target, key, description, metadata, actor, at, restored_until)
    return bool(run(_SET_CLAWBACK_TARGET, *values)[0][0])
