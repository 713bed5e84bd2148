"""Credits that are used, one operation or many, and credits that are given back."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.keys import Caller
from api.v1 import access, answers, idempotency, problems, references, refusing
from api.v1.bodies import GiveBack, OneSpend, Spend, Spends
from api.v1.fields import IdempotencyHeader
from api.v1.problems import Problem
from api.v1.shapes import SpendAnswer, SpendAnswers, Transaction
from credits import ledger
from credits.errors import LedgerError
from credits.models import CreditTransaction

router = Router(tags=["Spending"])


@router.post(
    "/spends",
    auth=access.SPEND,
    operation_id="spend",
    summary="Spend credits",
    response=answers.of_writing(Transaction, 402, 404, 409),
)
def spend(request: HttpRequest, body: Spend, idempotency_key: IdempotencyHeader) -> HttpResponse:
    """All or nothing, from the credits that expire soonest."""
    caller = access.caller_of(request)
    spent = ledger.spend(
        account=access.account_of(caller, body.account),
        credits=body.credits,
        key=idempotency.ledger_key(caller, idempotency_key),
        operation=body.operation,
        description=body.description,
        metadata=body.metadata,
        actor=caller.actor,
    )
    idempotency.check_texts(spent, body)
    return answers.answer(answers.transaction(caller, spent), status=201)


@router.post(
    "/spends/many",
    auth=access.SPEND,
    operation_id="spend_many",
    summary="Spend credits many times",
    response=answers.of_writing(SpendAnswers, status=200),
)
def spend_many(request: HttpRequest, body: Spends) -> HttpResponse:
    """
    Each spend has a key of its own and stands on its own.

    One that is refused is answered by its problem, and the others happen. If the request itself
    breaks a rule, none happens.
    """
    caller = access.caller_of(request)
    spent = ledger.spend_many(
        [
            ledger.Spend(
                account=access.account_of(caller, one.account),
                credits=one.credits,
                key=idempotency.ledger_key(caller, one.idempotency_key),
                operation=one.operation,
                description=one.description,
                metadata=one.metadata,
                actor=caller.actor,
            )
            for one in body.spends
        ]
    )
    return answers.answer(
        SpendAnswers(
            answers=[
                _answer_one(request, caller, one, found)
                for one, found in zip(body.spends, spent, strict=True)
            ]
        )
    )


def _answer_one(
    request: HttpRequest, caller: Caller, one: OneSpend, found: CreditTransaction | LedgerError
) -> SpendAnswer:
    try:
        if isinstance(found, LedgerError):
            raise refusing.problem_of(request, found)
        idempotency.check_texts(found, one)
    except Problem as problem:
        return SpendAnswer.model_validate({"problem": problems.content(request, problem)})
    return SpendAnswer(transaction=answers.transaction(caller, found))


@router.post(
    "/give-backs",
    auth=access.SPEND,
    operation_id="give_back",
    summary="Give credits back",
    response=answers.of_writing(Transaction, 404, 409),
)
def give_back(
    request: HttpRequest, body: GiveBack, idempotency_key: IdempotencyHeader
) -> HttpResponse:
    """
    Of a spend or of a captured hold, all or part of it, to where they came from.

    A client gives back what it spent itself, and nothing else.
    """
    caller = access.caller_of(request)
    undone = references.own_transaction_of(caller, body.transaction)
    given = ledger.give_back(
        transaction=undone,
        credits=body.credits,
        key=idempotency.ledger_key(caller, idempotency_key),
        description=body.description,
        metadata=body.metadata,
        actor=caller.actor,
    )
    idempotency.check_texts(given, body)
    given.undoes = undone
    return answers.answer(answers.transaction(caller, given), status=201)
