"""
Charge for what a host does, by the price list that staff edit: `credits.models.Operation`.

    operations.charge(account=account, operation="transcribe", units=12, key=f"file:{file.pk}")

The price is the one of the moment at which something is charged, and what was charged stays: a
repetition finds it, whatever the price list says by then. The arguments that all verbs share are
explained in `credits.ledger`; besides:

    operation  the slug of an operation in the price list, such as "image.large"
    units      how many of its units: an int or a Decimal from 0, never a float
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from credits import conf, costs, ledger
from credits.errors import InactiveOperation, InvalidOperation, KeyConflict, UnknownOperation
from credits.limits import MAX_CREDITS
from credits.models import Account, CreditTransaction, Operation
from credits.validation import check_key, check_metadata, check_slug, check_units

# The units of a charge stand in its metadata by this name.
UNITS = "units"


def cost(operation: str, *, units: int | Decimal = 1) -> int:
    """
    Tell what an operation costs now, in credits; 0 if it is free.

    :raises UnknownOperation: if the price list has no such operation, or it is not active
    """
    return priced(operation, units)[1]


def can_afford(*, account: Account, operation: str, units: int | Decimal = 1) -> bool:
    """
    Tell whether an account could pay now. Only a charge or a hold makes sure of it.

    :raises UnknownOperation: if the price list has no such operation, or it is not active
    """
    return cost(operation, units=units) <= available(account)


def available(account: Account) -> int:
    """Count the credits that a spend could take: the balance, less what a lien keeps."""
    kept = account.lots.all().credits_owed() if conf.is_lien_kept() else 0
    return max(0, ledger.balance(account) - kept)


def charge(
    *,
    account: Account,
    operation: str,
    units: int | Decimal = 1,
    key: str,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    actor: str = "",
    at: datetime | None = None,
) -> CreditTransaction | None:
    """
    Spend what an operation costs now, once per key; see `ledger.spend`.

    A repetition with the same operation and units returns the first result, whatever the operation
    costs by then and even if it is no longer active.

    :param description: "" for the operation's name
    :returns: the SPEND; None if the operation is free
    :raises UnknownOperation: if the price list has no such operation, or it is not active
    :raises InsufficientCredits: if the balance is too small
    :raises KeyConflict: if the key was used for something else
    """
    check_slug(operation)
    check_units(units)
    check_key(key)
    try:
        found, credits = priced(operation, units)
    except UnknownOperation:
        if first := _first_charge(account, key):
            return _same(first, operation, units)
        raise
    if credits == 0:
        first = _first_charge(account, key)
        return _same(first, operation, units) if first else None
    try:
        spent = ledger.spend(
            account=account,
            credits=credits,
            key=key,
            operation=operation,
            description=description or found.name,
            metadata={**check_metadata(metadata), UNITS: written(units)},
            actor=actor,
            at=at,
        )
    except KeyConflict:
        # It cost something else then, or the key did something else.
        spent = CreditTransaction.objects.get(account=account, key=key)
    return _same(spent, operation, units)


def _first_charge(account: Account, key: str) -> CreditTransaction | None:
    return CreditTransaction.objects.filter(account=account, key=key).first()


def _same(first: CreditTransaction, operation: str, units: int | Decimal) -> CreditTransaction:
    """
    Give back the charge that this key made, if it was for the same.

    :raises KeyConflict: if it was not
    """
    made = (first.kind, first.operation, first.metadata.get(UNITS))
    if made != (CreditTransaction.Kind.SPEND, operation, written(units)):
        raise KeyConflict(key=first.key)
    return first


def written(units: int | Decimal) -> str:
    """Write a number of units one way: `12` for 12, 12.0 and 1.2E+1."""
    text = format(Decimal(units).copy_abs(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def priced(operation: str, units: int | Decimal) -> tuple[Operation, int]:
    """
    Find an operation and what it costs now.

    :raises UnknownOperation: if the price list has no such operation, or it is not active
    """
    check_units(units)
    found = _found(operation)
    credits = costs.cost(base=found.base, per_unit=found.per_unit, units=units)
    if credits > MAX_CREDITS:
        raise InvalidOperation(
            f"an operation costs at most {MAX_CREDITS} credits, got {operation!r} with {units}"
            f" units, which costs {credits}"
        )
    return found, credits


def _found(operation: str) -> Operation:
    check_slug(operation)
    found = Operation.objects.filter(slug=operation).first()
    if found is None:
        raise UnknownOperation(operation=operation)
    if not found.is_active:
        raise InactiveOperation(operation=operation)
    return found
