"""
How much money went back, and how many credits it no longer pays for: arithmetic alone.

Integers only, in the currency's smallest unit; no database and no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, kw_only=True)
class Movements:
    """
    Money that went back from one payment, in the currency's smallest unit.

    `not_failed` and `failed` are the sums of refunds known one by one; `seen_refunded` is the
    largest `amount_refunded` that its charge ever showed. Stripe lowers that number again when
    a refund fails, but an old event may still come late with the higher one.
    """

    not_failed: int
    failed: int
    seen_refunded: int
    withdrawn: int

    @property
    def refunded(self) -> int:
        return max(self.not_failed, self.seen_refunded - self.failed)


def clawback_target(*, credits: int, charged: int, movements: Movements) -> int:
    """
    Count the credits of a lot that are no longer paid for.

    Rounds down, so that a person never loses a credit for less than its price; once all the
    money is back, all the credits are.

    :param credits: what the lot was granted
    :param charged: what was paid for it, smallest unit; nothing paid is nothing to take back
    """
    if charged <= 0:
        return 0
    back = min(charged, max(0, movements.refunded + movements.withdrawn))
    return credits * back // charged


def target_on_hold(*, granted: int, used: int, unpaid: int) -> int:
    """
    Count the credits of a lot that nobody can spend while what is left of it is on hold.

    :param used: what was spent, is held, has expired or was adjusted away: that is not left
    :param unpaid: what is no longer paid for, by `clawback_target`
    """
    return max(unpaid, granted - used)


def withdrawn(*, holds_money: bool, unit_amount: int, nets: Iterable[int]) -> int:
    """
    Tell what one dispute holds of a payment, smallest unit.

    An inquiry takes nothing, a dispute won gives everything back. In between its balance
    transactions tell, in the settlement currency, which need not be the payment's: so only
    their proportion counts, of what is away now to the most that ever was. Without them the
    disputed amount itself does. https://docs.stripe.com/disputes/how-disputes-work

    :param holds_money: whether its status is one in which money is away
    :param unit_amount: what is disputed, smallest unit of the payment's currency
    :param nets: amounts of the dispute's balance transactions in their order, negative when
        money left
    """
    if not holds_money:
        return 0
    amounts = list(nets)
    if not amounts:
        return unit_amount
    away = list(accumulate(-net for net in amounts))
    most = max(0, *away, *(-net for net in amounts))
    return max(0, unit_amount * away[-1] // most) if most else 0
