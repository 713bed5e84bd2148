"""
How transactions and holds are named: `17-204` is number 204 of account 17.

The numbers of an account are 1, 2, 3 …, so that a name says nothing of what others do. A hold has
the name of the transaction that placed it.
"""

from typing import Annotated, Final, NamedTuple

from pydantic import Field

from api.keys import Caller
from api.v1.problems import Problem
from credits.models import CreditTransaction, Hold

PATTERN: Final = r"^[1-9][0-9]{0,17}-[1-9][0-9]{0,17}$"
Reference = Annotated[str, Field(pattern=PATTERN, max_length=37, examples=["17-204"])]


class Name(NamedTuple):
    account_id: int
    seq: int


def write(account_id: int, seq: int) -> str:
    return f"{account_id}-{seq}"


def transaction_of(caller: Caller, reference: str) -> CreditTransaction:
    """
    Find a transaction that a caller may see.

    :raises Problem: if there is none; of another account there is none either
    """
    name = _read(caller, reference, what="transaction")
    found = (
        CreditTransaction.objects.select_related("undoes")
        .filter(account_id=name.account_id, seq=name.seq)
        .first()
    )
    if found is None:
        raise _missing("transaction", reference)
    return found


def hold_of(caller: Caller, reference: str) -> Hold:
    """
    Find a hold that a caller may see.

    :raises Problem: if there is none; of another account there is none either
    """
    name = _read(caller, reference, what="hold")
    found = (
        Hold.objects.select_related("transaction")
        .filter(transaction__account_id=name.account_id, transaction__seq=name.seq)
        .first()
    )
    if found is None:
        raise _missing("hold", reference)
    return found


def _read(caller: Caller, reference: str, *, what: str) -> Name:
    account_id, _dash, seq = reference.partition("-")
    name = Name(int(account_id), int(seq))
    if caller.account_id not in {None, name.account_id}:
        raise _missing(what, reference)
    return name


def _missing(what: str, reference: str) -> Problem:
    return Problem("not_found", f"There is no {what} {reference} that this key may see.")
