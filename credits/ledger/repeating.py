"""A key that comes again: the operation that had it, or a conflict."""

from credits.errors import KeyConflict
from credits.models import CreditTransaction


def first_result(
    transaction_id: int,
    *,
    kind: str,
    amount: int,
    operation: str = "",
    undoes_id: int | None = None,
) -> CreditTransaction:
    """
    Find the operation that a repeated one repeats.

    :raises KeyConflict: if the operation with this key was another one
    """
    first = CreditTransaction.objects.get(pk=transaction_id)
    said = (kind, amount, undoes_id)
    # What undoes another has the other's operation.
    if (first.kind, first.amount, first.undoes_id) != said or (
        undoes_id is None and first.operation != operation
    ):
        raise KeyConflict(key=first.key)
    return first
