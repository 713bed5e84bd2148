"""
How transactions and holds are named: `17-204` is number 204 of account 17.

The numbers of an account are 1, 2, 3 …, so that a name says nothing of what others do. A hold has
the name of the transaction that placed it.
"""

from typing import Annotated, Final, NamedTuple

from pydantic import Field

from api.keys import Caller
from api.v1 import idempotency
from api.v1.problems import Problem
from credits.models import CreditTransaction, Hold

PATTERN: Final = r"^[1-9][0-9]{0,17}-[1-9][0-9]{0,17}$"
# How the ledger begins the key of a capture that came after its hold had let go.
LATE: Final = "ledger:capture:"
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


def own_transaction_of(caller: Caller, reference: str) -> CreditTransaction:
    """
    Find a transaction that a caller's client made, or that paid for a hold of its own late.

    :raises Problem: if there is none; what the site or another client did is not there either
    """
    found = transaction_of(caller, reference)
    if idempotency.own_key(caller, _key_behind(found)) is None:
        raise _not_own("transaction", reference)
    return found


def own_hold_of(caller: Caller, reference: str) -> Hold:
    """
    Find a hold that a caller's client placed.

    :raises Problem: if there is none; a hold of the site or of another client is not there either
    """
    found = hold_of(caller, reference)
    if idempotency.own_key(caller, found.transaction.key) is None:
        raise _not_own("hold", reference)
    return found


def _key_behind(row: CreditTransaction) -> str:
    """Give the key that somebody chose: of a late capture, which has the ledger's, the hold's."""
    number = row.metadata.get("hold")
    if not (row.key.startswith(LATE) and isinstance(number, int)):
        return row.key
    held = Hold.objects.select_related("transaction").filter(pk=number, account=row.account_id)
    return next((one.transaction.key for one in held), row.key)


def _read(caller: Caller, reference: str, *, what: str) -> Name:
    account_id, _dash, seq = reference.partition("-")
    name = Name(int(account_id), int(seq))
    if caller.account_id not in {None, name.account_id}:
        raise _missing(what, reference)
    return name


def _missing(what: str, reference: str) -> Problem:
    return Problem("not_found", f"There is no {what} {reference} that this key may see.")


def _not_own(what: str, reference: str) -> Problem:
    return Problem("not_found", f"This key's client made no {what} {reference}. Nothing was done.")
