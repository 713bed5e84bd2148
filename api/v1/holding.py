"""Credits set aside for work whose price is known only when it is done."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from api.v1 import access, answers, idempotency, references
from api.v1.bodies import Capture, Extend, NewHold
from api.v1.fields import IdempotencyHeader
from api.v1.problems import Problem
from api.v1.references import Reference
from api.v1.shapes import HoldState
from credits import holds

router = Router(tags=["Holding"])


@router.post(
    "/holds",
    auth=access.HOLD,
    operation_id="hold",
    summary="Hold credits",
    response=answers.of_writing(HoldState, 402, 404, 409),
)
def hold(request: HttpRequest, body: NewHold, idempotency_key: IdempotencyHeader) -> HttpResponse:
    """Set credits aside. Nobody else can spend them until they are captured or let go."""
    caller = access.caller_of(request)
    held = holds.hold(
        account=access.account_of(caller, body.account),
        credits=body.credits,
        key=idempotency.ledger_key(caller, idempotency_key),
        operation=body.operation,
        lasts=None if body.lasts is None else _allowed(body.lasts),
        description=body.description,
        metadata=idempotency.with_digest(body.metadata, body),
        actor=caller.actor,
    )
    idempotency.check_digest(held.transaction, body)
    return answers.answer(answers.hold(caller, held), status=201)


@router.get(
    "/holds/{hold_id}",
    auth=access.READ,
    operation_id="get_hold",
    summary="Look at a hold",
    response=answers.of_reading(HoldState, 404),
)
def get_hold(request: HttpRequest, hold_id: Path[Reference]) -> HttpResponse:
    caller = access.caller_of(request)
    found = references.hold_of(caller, hold_id)
    return answers.answer(answers.hold(caller, found))


@router.post(
    "/holds/{hold_id}/capture",
    auth=access.HOLD,
    operation_id="capture",
    summary="Capture a hold",
    response=answers.of_writing(HoldState, 404, 409, status=200),
)
def capture(request: HttpRequest, hold_id: Path[Reference], body: Capture) -> HttpResponse:
    """
    Spend what the work used; the rest goes back.

    After the hold has let go by itself it is paid for from the balance, as far as that goes. A hold
    is closed once, and so needs no Idempotency-Key: asked again for the same number of credits, the
    answer is the same.
    """
    caller = access.caller_of(request)
    held = references.own_hold_of(caller, hold_id)
    if body.credits > held.credits:
        raise Problem(
            "invalid_request",
            f"The hold has {held.credits} credits, {body.credits} were asked for. Nothing was"
            " done.",
            errors=[{"field": "credits", "message": f"At most {held.credits}."}],
        )
    captured = holds.capture(hold=held, credits=body.credits, actor=caller.actor)
    return answers.answer(answers.hold(caller, captured))


@router.post(
    "/holds/{hold_id}/release",
    auth=access.HOLD,
    operation_id="release",
    summary="Release a hold",
    response=answers.of_closing(HoldState, 404, 409),
)
def release(request: HttpRequest, hold_id: Path[Reference]) -> HttpResponse:
    """Let all of it go. Like a capture it needs no Idempotency-Key."""
    caller = access.caller_of(request)
    held = references.own_hold_of(caller, hold_id)
    return answers.answer(answers.hold(caller, holds.release(hold=held, actor=caller.actor)))


@router.post(
    "/holds/{hold_id}/extend",
    auth=access.HOLD,
    operation_id="extend",
    summary="Extend a hold",
    response=answers.of_writing(HoldState, 404, 409, status=200),
)
def extend(request: HttpRequest, hold_id: Path[Reference], body: Extend) -> HttpResponse:
    """Let it last longer, as often as the work needs. It never lasts less long than before."""
    caller = access.caller_of(request)
    held = references.own_hold_of(caller, hold_id)
    extended = holds.extend(hold=held, lasts=_allowed(body.lasts))
    return answers.answer(answers.hold(caller, extended))


def _allowed(seconds: int) -> timedelta:
    """Give how long a hold lasts that is wanted for so many seconds."""
    return min(timedelta(seconds=seconds), holds.longest())
