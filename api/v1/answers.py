"""Answers: rows of the ledger as the API shows them, and which answers an address can give."""

from typing import Any, Final

from django.http import HttpResponse
from pydantic import BaseModel

from api.keys import Caller
from api.v1 import idempotency, references
from api.v1.shapes import HoldState, InvalidRequest, ProblemDetails, TooFewCredits, Transaction
from credits.models import CreditTransaction, Hold

# What any address that wants a key may answer.
_ALWAYS: Final[dict[int, type[BaseModel]]] = {
    401: ProblemDetails,
    403: ProblemDetails,
    422: InvalidRequest,
    429: ProblemDetails,
    500: ProblemDetails,
    503: ProblemDetails,
}
# What one may answer that is sent something: too much of it, or of another type.
_ANY_BODY: Final[dict[int, type[BaseModel]]] = {413: ProblemDetails, 415: ProblemDetails}
_BY_STATUS: Final[dict[int, type[BaseModel]]] = {
    402: TooFewCredits,
    404: ProblemDetails,
    409: ProblemDetails,
}


def of_reading(shape: type[BaseModel], *problems: int) -> dict[int, Any]:
    """List the answers of an address that reads: the shape with 200, and problems."""
    return {200: shape, **_ALWAYS, **{status: _BY_STATUS[status] for status in problems}}


def of_closing(shape: type[BaseModel], *problems: int) -> dict[int, Any]:
    """List the answers of an address that does something, and reads no body."""
    return {**of_reading(shape, *problems), **_ANY_BODY}


def of_writing(shape: type[BaseModel], *problems: int, status: int = 201) -> dict[int, Any]:
    """List the answers of an address that takes a body."""
    return {
        status: shape,
        **_ALWAYS,
        400: ProblemDetails,
        **_ANY_BODY,
        **{problem: _BY_STATUS[problem] for problem in problems},
    }


def answer(content: BaseModel, *, status: int = 200) -> HttpResponse:
    return HttpResponse(
        content.model_dump_json(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def transaction(caller: Caller, row: CreditTransaction) -> Transaction:
    """Show a transaction; key and metadata are for whoever wrote them."""
    key = idempotency.own_key(caller, row.key)
    undoes = row.undoes
    return Transaction(
        id=references.write(row.account_id, row.seq),
        account=row.account_id,
        number=row.seq,
        kind=row.kind,
        amount=row.amount,
        balance_after=row.balance_after,
        undoes=references.write(undoes.account_id, undoes.seq) if undoes else None,
        operation=row.operation,
        description=row.description,
        idempotency_key=key,
        metadata=None if key is None else idempotency.own_metadata(row),
        created_at=row.created_at,
    )


def hold(caller: Caller, row: Hold) -> HoldState:
    return HoldState(
        id=references.write(row.account_id, row.transaction.seq),
        account=row.account_id,
        credits=row.credits,
        captured=row.captured,
        status=row.status,
        expires_at=row.expires_at,
        created_at=row.created_at,
        closed_at=row.closed_at,
        late=transaction(caller, row.late) if row.late else None,
    )
