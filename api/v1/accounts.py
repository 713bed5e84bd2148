"""Whose account is which: found by a person's address or key, and opened for who has none."""

from itertools import islice
from typing import Annotated, Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from api.keys import Caller
from api.v1 import access, answers
from api.v1.bodies import OpenAccount
from api.v1.problems import Problem
from api.v1.shapes import AccountOfPerson, Accounts, OpenedAccount
from billing.users import verification
from credits import users
from credits.models import Account

router = Router(tags=["Accounts"])

MOST_ACCOUNTS = 20


@router.get(
    "/accounts",
    auth=access.READ,
    operation_id="find_accounts",
    summary="Find a person's account",
    response=answers.of_reading(Accounts),
)
def find_accounts(
    request: HttpRequest,
    email: Annotated[
        str | None, Query(None, min_length=3, max_length=254, pattern=r"^[^\x00\s]+@[^\x00\s]+$")
    ] = None,
    user: Annotated[
        str | None,
        Query(None, min_length=1, max_length=64, pattern=r"^[!-~]+$", description="Their key."),
    ] = None,
) -> HttpResponse:
    """
    By the address of a person, or by their key in this site. Only for keys to all accounts.

    An address finds people who were not switched off and, where the site verifies addresses, have
    verified it. A person who has no account yet has `null`.
    """
    _require_all(access.caller_of(request))
    if (email is None) == (user is None):
        raise Problem(
            "invalid_request",
            "Name an address or a user.",
            errors=[{"field": "email", "message": "Name an address or a user, not both."}],
        )
    people = _with_key(user) if user is not None else _with_address(email or "")
    accounts = dict(Account.objects.filter(user__in=people).values_list("user_id", "pk"))
    return answers.answer(
        Accounts(
            items=[
                AccountOfPerson(account=accounts.get(one.pk), user=str(one.pk)) for one in people
            ]
        )
    )


@router.post(
    "/accounts",
    auth=access.GRANT,
    operation_id="open_account",
    summary="Open a person's account",
    response=answers.of_writing(OpenedAccount, 404, status=200) | {201: OpenedAccount},
)
def open_account(request: HttpRequest, body: OpenAccount) -> HttpResponse:
    """
    For somebody who has signed up at this site: 201 if it is new, 200 if it was there.

    A person has one account, and so needs no Idempotency-Key. Only for keys to all accounts.
    """
    _require_all(access.caller_of(request))
    people = _with_key(body.user)
    if not people:
        raise Problem("not_found", f"There is no person {body.user} here. Nothing was done.")
    known = Account.objects.filter(user=people[0]).exists()
    account = Account.objects.for_user(people[0])
    return answers.answer(
        OpenedAccount(account=account.pk, user=str(people[0].pk)), status=200 if known else 201
    )


def _require_all(caller: Caller) -> None:
    """
    Make sure that a key is for all accounts.

    :raises Problem: if it is for one
    """
    if caller.account_id is not None:
        raise Problem(
            "wrong_account",
            f"This key is for account {caller.account_id} alone. Nothing was done.",
        )


def _with_key(text: str) -> list[Any]:
    people = get_user_model()._base_manager  # noqa: SLF001 - public by Django's word
    key = users.key_from(text)
    return [] if key is None else list(people.filter(pk=key))


def _with_address(email: str) -> list[Any]:
    """Find whose address it is: anybody can sign up with that of somebody else."""
    people = users.with_address(email)
    if not verification.is_configured():
        return list(people[:MOST_ACCOUNTS])
    return list(islice(filter(verification.is_verified, people), MOST_ACCOUNTS))
