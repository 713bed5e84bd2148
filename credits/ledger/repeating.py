"""A key that comes again: the operation that had it, or a conflict."""

from credits.errors import KeyConflict
from credits.models import CreditTransaction


def first_result(
    transaction_id: int, *, kind: str, amount: int, undoes_id: int | None = None
) -> CreditTransaction:
    """
    Find the operation that a repeated one repeats.

    :raises KeyConflict: if the operation with this key was another one
    """
    first = CreditTransaction.objects.get(pk=transaction_id)
    if (first.kind, first.amount, first.undoes_id) != (kind, amount, undoes_id):
        raise KeyConflict(key=first.key)
    return first
