"""How an error becomes a problem: what the ledger refuses, what ninja refuses, what failed."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core import signals
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from api import conf
from api.v1 import idempotency, problems
from api.v1.problems import Problem
from credits import conf as credits_conf
from credits.availability import is_database_away
from credits.errors import (
    HoldClosed,
    InactiveOperation,
    InsufficientCredits,
    InvalidOperation,
    KeyConflict,
    LedgerError,
    NothingToGiveBack,
    UnknownAccount,
    UnknownOperation,
)

log = logging.getLogger(__name__)

# Fields that one answer names: a body may have more mistakes than anybody reads.
MOST_ERRORS: Final = 50

_CODES: Final[Mapping[type[LedgerError], str]] = {
    HoldClosed: "hold_closed",
    InactiveOperation: "unknown_operation",
    NothingToGiveBack: "nothing_to_give_back",
    UnknownAccount: "not_found",
    UnknownOperation: "unknown_operation",
}


def install(api: NinjaAPI) -> None:
    """Let an API answer each error as a problem."""
    api.add_exception_handler(Problem, problems.answer)  # type: ignore[arg-type]
    api.add_exception_handler(LedgerError, _answer_refusal)  # type: ignore[arg-type]
    api.add_exception_handler(ValidationError, _answer_invalid)  # type: ignore[arg-type]
    api.add_exception_handler(HttpError, _answer_unreadable)  # type: ignore[arg-type]
    api.add_exception_handler(Http404, _answer_missing)  # type: ignore[arg-type]
    api.add_exception_handler(Exception, _answer_failure)  # type: ignore[arg-type]


def problem_of(request: HttpRequest, error: LedgerError) -> Problem:
    """Say what the ledger refused. Nothing was written."""
    match error:
        case InsufficientCredits():
            return Problem(
                "insufficient_credits",
                f"{error}. Nothing was done.",
                requested=error.requested,
                available=error.available,
                buy_url=where_to_buy(request),
            )
        case KeyConflict():
            return idempotency.reused()
        case InvalidOperation():
            return invalid([{"field": "body", "message": f"{error}."}])
        case HoldClosed():
            hold = error.hold
            detail = f"The hold is {hold.status}, with {hold.captured} captured."
        case UnknownAccount():
            detail = f"There is no account {error}."
        case _:
            detail = f"{error}."
    return Problem(_CODES[type(error)], f"{detail} Nothing was done.")


def where_to_buy(request: HttpRequest) -> str | None:
    """Give the address where people buy credits, if the project has named one."""
    named = credits_conf.buy_url()
    if not named:
        return None
    found = resolve_url(named)
    return problems.address(request, found) if found.startswith("/") else found


def invalid(errors: Sequence[dict[str, str]]) -> Problem:
    first = errors[0]
    return Problem(
        "invalid_request",
        f"{first['field']}: {first['message']} Nothing was done.",
        errors=errors[:MOST_ERRORS],
    )


def _answer_refusal(request: HttpRequest, error: LedgerError) -> HttpResponse:
    return problems.answer(request, problem_of(request, error))


def _answer_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"field": _field(one["loc"]), "message": f"{one['msg']}."[:300]} for one in error.errors
    ]
    return problems.answer(request, invalid(errors))


def _field(place: Sequence[Any]) -> str:
    """Name a field as whoever sent it does: `credits`, `spends.3.credits`, `Idempotency-Key`."""
    source, *path = place
    if source == "body" and path[:1] == ["body"]:
        path = path[1:]
    return ".".join(map(str, path))[:200] or "body"


def _answer_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, RequestDataTooBig):
        return problems.answer(request, too_large())
    return problems.answer(
        request, Problem("not_json", "The body cannot be read as JSON. Nothing was done.")
    )


def too_large() -> Problem:
    return Problem(
        "body_too_large",
        f"A body has {conf.max_body_bytes()} bytes at most. Nothing was done.",
        headers={"Connection": "close"},
    )


def _answer_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(request, Problem("not_found", "There is nothing at this address."))


def _answer_failure(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer what nobody foresaw, and let whoever watches for errors see it."""
    if isinstance(error, RequestDataTooBig):
        return problems.answer(request, too_large())
    if isinstance(error, DatabaseError) and is_database_away(error):
        log.error("database_unavailable", extra={"path": request.path}, exc_info=error)
        return problems.answer(
            request,
            Problem(
                "unavailable",
                "The database does not answer. Repeat the request as it is, with the same"
                " Idempotency-Key: it happens once.",
                headers={"Retry-After": str(problems.RETRY_AFTER)},
            ),
        )
    log.error("api_failed", extra={"path": request.path}, exc_info=error)
    signals.got_request_exception.send(sender=None, request=request)
    return problems.answer(
        request,
        Problem(
            "failed",
            "This is our fault, and it was noted. Repeat the request as it is, with the same"
            " Idempotency-Key: it happens once.",
        ),
    )
