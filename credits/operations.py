"""
Charge for what a host does, by the price list that staff edit: `credits.models.Operation`.

    operations.charge(account=account, operation="transcribe", units=12, key=f"file:{file.pk}")

The price is the one of the moment at which something is charged, and what was charged stays: a
repetition finds it, whatever the price list says by then. The arguments that all verbs share are
explained in `credits.ledger`; besides:

    operation  the slug of an operation in the price list, such as "image.large"
    units      how many of its units: an int or a Decimal from 0, never a float
"""

from decimal import Decimal

from credits import conf, costs, ledger
from credits.errors import InactiveOperation, InvalidOperation, UnknownOperation
from credits.models import Account, Operation
from credits.validation import MAX_CREDITS, check_text, check_units


def cost(operation: str, *, units: int | Decimal = 1) -> int:
    """
    Tell what an operation costs now, in credits; 0 if it is free.

    :raises UnknownOperation: if the price list has no such operation, or it is not active
    """
    return _priced(operation, units)[1]


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


def _priced(operation: str, units: int | Decimal) -> tuple[Operation, int]:
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
    check_text(operation, "an operation", least=1)
    found = Operation.objects.filter(slug=operation).first()
    if found is None:
        raise UnknownOperation(operation=operation)
    if not found.is_active:
        raise InactiveOperation(operation=operation)
    return found
