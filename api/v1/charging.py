"""The price list: what operations cost, what was used by operation, and charges by it."""

from datetime import UTC
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router

from api.v1 import access, answers, idempotency, refusing
from api.v1.bodies import Charge
from api.v1.fields import IdempotencyHeader, Slug, Units
from api.v1.reading import OptionalAccount, existing
from api.v1.shapes import Charged, Cost, PricedOperation, PriceList, Usage, UsedFor, UsedOnDay
from credits import operations
from credits.models import Operation
from credits.usage import usage

router = Router(tags=["Operations"])

MOST_DAYS = 366


@router.get(
    "/operations",
    auth=access.READ,
    operation_id="list_operations",
    summary="Read the price list",
    response=answers.of_reading(PriceList),
)
def list_operations(request: HttpRequest) -> HttpResponse:
    """List what can be charged for now."""
    active = Operation.objects.filter(is_active=True).order_by("slug")
    return answers.answer(
        PriceList(
            items=[
                PricedOperation(
                    operation=one.slug,
                    name=one.name,
                    base=one.base,
                    per_unit=operations.written(one.per_unit),
                    unit=one.unit,
                )
                for one in active
            ]
        )
    )


@router.get(
    "/operations/{operation}/cost",
    auth=access.READ,
    operation_id="get_cost",
    summary="Read what an operation costs",
    response=answers.of_reading(Cost, 404),
)
def get_cost(
    request: HttpRequest,
    operation: Annotated[Slug, Path(min_length=1)],
    units: Annotated[Units, Query("1")] = "1",
) -> HttpResponse:
    """Now: a charge costs what it costs at its own moment."""
    number = Decimal(units)
    return answers.answer(
        Cost(
            operation=operation,
            units=operations.written(number),
            credits=operations.cost(operation, units=number),
        )
    )


@router.post(
    "/charges",
    auth=access.SPEND,
    operation_id="charge",
    summary="Charge for an operation",
    response=answers.of_writing(Charged, 402, 404, 409),
)
def charge(request: HttpRequest, body: Charge, idempotency_key: IdempotencyHeader) -> HttpResponse:
    """
    Spend what it costs now.

    A repetition costs what it cost the first time, whatever the price list says by then. Of what
    was free nothing is kept: repeated, it costs what it costs then.
    """
    if operations.UNITS in body.metadata:
        raise refusing.invalid(
            [{"field": "metadata.units", "message": "The number of units is written there."}]
        )
    caller = access.caller_of(request)
    account = access.account_of(caller, body.account)
    charged = operations.charge(
        account=account,
        operation=body.operation,
        units=Decimal(body.units),
        key=idempotency.ledger_key(caller, idempotency_key),
        description=body.description,
        metadata=idempotency.with_digest(body.metadata, body),
        actor=caller.actor,
    )
    if charged is None:
        existing(account)  # the ledger was not asked
        return answers.answer(Charged(credits=0, transaction=None), status=201)
    idempotency.check_digest(charged, body)
    return answers.answer(
        Charged(credits=-charged.amount, transaction=answers.transaction(caller, charged)),
        status=201,
    )


@router.get(
    "/usage",
    auth=access.READ,
    operation_id="get_usage",
    summary="Read what credits were used for",
    response=answers.of_reading(Usage, 404),
)
def get_usage(
    request: HttpRequest,
    account: OptionalAccount = None,
    days: Annotated[
        int, Query(30, ge=1, le=MOST_DAYS, description="How many, today among them, in UTC.")
    ] = 30,
) -> HttpResponse:
    """By operation and day. What is given back or let go counts on the day on which it was."""
    asked = existing(access.account_of(access.caller_of(request), account))
    with timezone.override(UTC):
        found = usage(account=asked, days=days)
    return answers.answer(
        Usage(
            account=asked.pk,
            first_day=found.days[0],
            last_day=found.days[-1],
            credits=found.credits,
            operations=[
                UsedFor(
                    operation=use.operation,
                    name=use.name,
                    uses=use.uses,
                    credits=use.credits,
                    by_day=[
                        UsedOnDay(day=day, credits=credits)
                        for day, credits in sorted(use.by_day.items())
                    ],
                )
                for use in found.uses
            ],
        )
    )
