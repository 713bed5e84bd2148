"""
Idempotency: the answer to a key is kept for a day, and a repeated call gets it again.

Calls run one after another, so the same key never runs twice.
"""

import json
from dataclasses import dataclass

from stripe_sandbox.errors import StripeError
from stripe_sandbox.state.store import Object, Store

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Reply:
    status: int
    body: Object
    request_id: str


def find(store: Store, key: str, *, endpoint: str, params: str, now: float) -> Reply | None:
    """
    Look up what this key was answered.

    :raises StripeError: if it was used for something else
    """
    row = store.db.execute(
        "SELECT * FROM replies WHERE key = ? AND created > ?", (key, now - KEPT_SECONDS)
    ).fetchone()
    if row is None:
        return None
    if row["endpoint"] != endpoint:
        raise StripeError(
            400,
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{endpoint}' vs '{row['endpoint']}'). Try using a key other than '{key}' "
            "if you meant to execute a different request.",
            type="idempotency_error",
        )
    if row["params"] != params:
        raise StripeError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            type="idempotency_error",
        )
    return Reply(row["status"], json.loads(row["body"]), row["request_id"])


def keep(store: Store, key: str, reply: Reply, *, endpoint: str, params: str, now: float) -> None:
    store.db.execute(
        "INSERT OR REPLACE INTO replies (key, endpoint, params, status, body, request_id, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, endpoint, params, reply.status, json.dumps(reply.body), reply.request_id, now),
    )
