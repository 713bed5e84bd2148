"""
Idempotency-Keys: what happens with one happens once, and its repetition gets the first answer.

The ledger's own keys do it, so that the key, the operation and the answer are one row. A key is
written into the ledger as `api:<client>:<key>`: two clients never meet, nor does the host's own
code, and a new API key of the same client takes over from an old one. Like every key of the ledger
it belongs to an account; that of a grant to the whole ledger.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel

from api import keys
from api.keys import Caller
from api.v1.problems import Problem
from credits.models import CreditTransaction

# Stands in the metadata of a hold and of a grant: part of what was asked for is not kept there as
# it was, such as how long the hold lasts.
_DIGEST: Final = "_request"


def ledger_key(caller: Caller, key: str) -> str:
    """Write a caller's key as the ledger keeps it."""
    return keys.ledger_key(caller.client, key)


def own_key(caller: Caller, ledger_key: str) -> str | None:
    """Read back the key of a caller's own operation; None of what others did."""
    prefix = keys.ledger_key(caller.client, "")
    return ledger_key.removeprefix(prefix) if ledger_key.startswith(prefix) else None


def own_metadata(transaction: CreditTransaction) -> dict[str, str]:
    """Give metadata as the caller wrote it."""
    return {name: text for name, text in transaction.metadata.items() if name != _DIGEST}


def with_digest(metadata: Mapping[str, str], body: BaseModel) -> dict[str, str]:
    """Add what tells this request from another one with the same key."""
    return {**metadata, _DIGEST: _digest(body)}


def check_digest(transaction: CreditTransaction, body: BaseModel) -> None:
    """
    Compare a request with the one that an operation was made by.

    :raises Problem: if it was another one
    """
    if transaction.metadata.get(_DIGEST) != _digest(body):
        raise reused()


def check_texts(transaction: CreditTransaction, body: Any) -> None:
    """
    Compare what the ledger does not compare itself: the texts that go with an operation.

    :raises Problem: if they were others
    """
    if (transaction.description, transaction.metadata) != (body.description, body.metadata):
        raise reused()


def reused() -> Problem:
    return Problem(
        "key_reused",
        "Another request came with this Idempotency-Key before. Nothing was done: take a new key"
        " for a new operation, or repeat the first request as it was.",
    )


def _digest(body: BaseModel) -> str:
    text = json.dumps(body.model_dump(mode="json"), sort_keys=True)
    return sha256(text.encode()).hexdigest()[:32]
