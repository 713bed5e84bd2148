"""
How many credits of a purchase are no longer paid for: arithmetic, and nothing else.

Integers only, in the currency's smallest unit; no database and no clock.
"""

from dataclasses import dataclass


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
