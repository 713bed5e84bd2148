"""Take credits from open lots, once or many times."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections

from credits.doors.running import run
from credits.prepared import (
    Statement,
    boolean,
    instant,
    integer,
    json,
    string,
    to_boolean,
    to_integer,
    to_json,
)

_DRAW = Statement(
    """
INSERT INTO credits_draw
    (account_id, kind, credits, key, description, metadata, actor, at, lien, hold_expires_at,
     in_line)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING transaction_id, seq, balance_after, replayed, available, hold_id
""",
    takes=(
        integer,
        string,
        integer,
        string,
        string,
        json,
        string,
        instant,
        boolean,
        instant,
        boolean,
    ),
    returns=(to_integer, to_integer, to_integer, to_boolean, to_integer, to_integer),
)

_SPEND_MANY = Statement(
    """
INSERT INTO credits_spend_many (spends, at, lien)
VALUES (%s, %s, %s)
RETURNING answers
""",
    takes=(json, instant, boolean),
    returns=(to_json,),
)


class Draw(NamedTuple):
    """Credits to take: a SPEND, a HOLD or a negative ADJUSTMENT."""

    account_id: int
    kind: str
    credits: int
    key: str
    description: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime
    lien: bool = False
    hold_expires_at: datetime | None = None


class Drawn(NamedTuple):
    transaction_id: int | None
    seq: int | None
    balance_after: int | None
    replayed: bool | None
    available: int | None
    hold_id: int | None = None


def draw(wanted: Draw) -> Drawn:
    return Drawn(*run(_DRAW, *wanted, connections[DEFAULT_DB_ALIAS].autocommit)[0])


def spend_many(wanted: Sequence[Draw]) -> list[Drawn]:
    """
    Spend in one statement; each is answered in its place.

    :param wanted: SPENDs, all of one instant and under one lien
    """
    spends = [
        {
            "place": place,
            "account_id": one.account_id,
            "credits": one.credits,
            "key": one.key,
            "description": one.description,
            "metadata": one.metadata,
            "actor": one.actor,
        }
        for place, one in enumerate(wanted)
    ]
    [[answers]] = run(_SPEND_MANY, spends, wanted[0].at, wanted[0].lien)
    return [Drawn(*answer) for answer in answers]
