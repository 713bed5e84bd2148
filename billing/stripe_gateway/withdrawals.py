"""What a dispute holds of a payment, by its balance transactions: arithmetic only."""

from collections.abc import Iterable
from itertools import accumulate


def withdrawn_by_dispute(*, status: str, amount: int, nets: Iterable[int]) -> int:
    """
    Tell what one dispute holds of a payment, smallest unit.

    An inquiry takes nothing, a dispute won gives everything back. In between its balance
    transactions tell, in the settlement currency, which need not be the payment's: so only
    their proportion counts, of what is away now to the most that ever was. Without them the
    disputed amount itself does.

    :param nets: amounts of the dispute's balance transactions in their order, negative when
        money left
    """
    if status.startswith("warning_") or status in {"won", "prevented"}:
        return 0
    amounts = list(nets)
    if not amounts:
        return amount
    away = list(accumulate(-net for net in amounts))
    most = max(0, *away, *(-net for net in amounts))
    return max(0, amount * away[-1] // most) if most else 0
