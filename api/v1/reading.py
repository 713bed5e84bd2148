"""What an account has, and what happened on it."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from api.v1 import access, answers, references
from api.v1.fields import MAX_ID
from api.v1.problems import Problem
from api.v1.references import Reference
from api.v1.shapes import Balance, Transaction, Transactions
from credits import ledger
from credits.models import Account, CreditTransaction

router = Router(tags=["Reading"])

MOST_ROWS = 200

OptionalAccount = Annotated[
    int | None,
    Query(
        None,
        ge=1,
        le=MAX_ID,
        description="A key for one account needs none; a key for all must name one.",
    ),
]


@router.get(
    "/balance",
    auth=access.READ,
    operation_id="get_balance",
    summary="Read a balance",
    response=answers.of_reading(Balance, 404),
)
def get_balance(request: HttpRequest, account: OptionalAccount = None) -> HttpResponse:
    """How many credits can be spent now, and how many are held."""
    asked = access.account_of(access.caller_of(request), account)
    balance = ledger.balance(asked)
    held = Account.objects.values_list("held", flat=True).get(pk=asked.pk)
    return answers.answer(Balance(account=asked.pk, balance=balance, held=held))


@router.get(
    "/transactions",
    auth=access.READ,
    operation_id="list_transactions",
    summary="List transactions",
    response=answers.of_reading(Transactions, 404),
)
def list_transactions(
    request: HttpRequest,
    account: OptionalAccount = None,
    order: Annotated[
        Literal["newest", "oldest"],
        Query("newest", description="Oldest first is for copying what is new, again and again."),
    ] = "newest",
    cursor: Annotated[
        str | None,
        Query(
            None,
            pattern=r"^[0-9]{1,18}$",
            description="`next_cursor` of the page before.",
        ),
    ] = None,
    limit: Annotated[int, Query(50, ge=1, le=MOST_ROWS)] = 50,
) -> HttpResponse:
    """Page by page; a page starts where the cursor says, whatever has happened meanwhile."""
    caller = access.caller_of(request)
    asked = existing(access.account_of(caller, account))
    rows = CreditTransaction.objects.filter(account=asked).select_related("undoes")
    if order == "newest":
        rows = rows.order_by("account_id", "-seq")
        rows = rows.filter(seq__lt=int(cursor)) if cursor else rows
    else:
        rows = rows.order_by("account_id", "seq")
        rows = rows.filter(seq__gt=int(cursor)) if cursor else rows
    found = list(rows[: limit + 1])
    page, has_more = found[:limit], len(found) > limit
    goes_on = bool(page) and (has_more or order == "oldest")
    return answers.answer(
        Transactions(
            items=[answers.transaction(caller, row) for row in page],
            has_more=has_more,
            next_cursor=str(page[-1].seq) if goes_on else (cursor if order == "oldest" else None),
        )
    )


def existing(account: Account) -> Account:
    """
    Make sure that an account is there.

    :raises Problem: if it is not
    """
    if not Account.objects.filter(pk=account.pk).exists():
        raise Problem("not_found", f"There is no account {account.pk}. Nothing was done.")
    return account


@router.get(
    "/transactions/{transaction_id}",
    auth=access.READ,
    operation_id="get_transaction",
    summary="Look at a transaction",
    response=answers.of_reading(Transaction, 404),
)
def get_transaction(request: HttpRequest, transaction_id: Path[Reference]) -> HttpResponse:
    caller = access.caller_of(request)
    found = references.transaction_of(caller, transaction_id)
    return answers.answer(answers.transaction(caller, found))
