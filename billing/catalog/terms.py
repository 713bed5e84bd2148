"""What may be asked for a plan: amounts that Stripe charges."""

from billing import money


class ImpossiblePrice(Exception):
    """
    Stripe charges no such amount. All are in the currency's smallest unit.

    `least` and `most` may be charged, in steps of `step`.
    """

    def __init__(self, *, currency: str, unit_amount: int) -> None:
        self.currency = currency
        self.unit_amount = unit_amount
        self.least = money.smallest_charge(currency)
        self.most = money.LARGEST_CHARGE
        self.step = money.step(currency)
        super().__init__(
            f"unit_amount: {self.least} to {self.most} {currency} in steps of {self.step},"
            f" got {unit_amount}"
        )


def check_terms(*, currency: str, unit_amount: int) -> None:
    """
    Make sure that Stripe charges this much.

    :param unit_amount: in the currency's smallest unit
    :raises ImpossiblePrice: if not
    """
    least, most = money.smallest_charge(currency), money.LARGEST_CHARGE
    if not least <= unit_amount <= most or unit_amount % money.step(currency):
        raise ImpossiblePrice(currency=currency, unit_amount=unit_amount)
