"""What may be asked for a plan: amounts that Stripe charges, in currencies that it knows."""

from dataclasses import dataclass

from billing import money


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """
    How much a buyer may choose to pay, in the currency's smallest unit.

    From `minimum` in steps of `step`, and no more than `maximum`.
    """

    minimum: int
    maximum: int
    step: int


class TermsError(Exception):
    """Nothing can be sold on these terms."""


class UnknownCurrency(TermsError):
    """Stripe charges nobody in this currency."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        super().__init__(f"currency: one that Stripe charges in, got {currency}")


class ImpossiblePrice(TermsError):
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


class ImpossibleAmounts(TermsError):
    """No amount can be chosen so: the steps are none of the currency's, or lead nowhere."""

    def __init__(self, amounts: Amounts, *, currency: str) -> None:
        self.currency = currency
        self.amounts = amounts
        self.step = money.step(currency)
        super().__init__(
            f"amounts: from the minimum to the maximum in steps of {self.step} {currency} or a"
            f" multiple of it, got {amounts.minimum} to {amounts.maximum} by {amounts.step}"
        )


class NoCredits(TermsError):
    """The smallest amount pays for less than one credit."""

    def __init__(self, *, minimum: int) -> None:
        self.minimum = minimum
        super().__init__(f"amounts: the minimum pays for a credit or more, got {minimum}")


def check_charge(*, currency: str, unit_amount: int) -> None:
    """
    Make sure that Stripe charges this much.

    https://docs.stripe.com/currencies: how little and how much, the three-decimal currencies, and
    ISK and UGX. HUF and TWD are whole for payouts alone: they are charged with two decimals.

    :param unit_amount: in the currency's smallest unit
    :raises UnknownCurrency: if Stripe does not charge in this currency
    :raises ImpossiblePrice: if it does not charge this amount
    """
    if currency not in money.CURRENCIES:
        raise UnknownCurrency(currency)
    least, most = money.smallest_charge(currency), money.LARGEST_CHARGE
    if not least <= unit_amount <= most or unit_amount % money.step(currency):
        raise ImpossiblePrice(currency=currency, unit_amount=unit_amount)


def check_terms(
    *, currency: str, unit_amount: int, amounts: Amounts | None = None, credits: int | None = None
) -> None:
    """
    Make sure that a plan can be sold so.

    :param unit_amount: what is charged; with `amounts`, what the credits cost, which is not
    :param credits: what the plan gives for `unit_amount`, the bonus included
    :raises TermsError: if not
    """
    if amounts is None:
        check_charge(currency=currency, unit_amount=unit_amount)
        return
    for chosen in (amounts.minimum, amounts.maximum):
        check_charge(currency=currency, unit_amount=chosen)
    in_order = amounts.minimum <= amounts.maximum
    if not in_order or amounts.step <= 0 or amounts.step % money.step(currency):
        raise ImpossibleAmounts(amounts, currency=currency)
    if unit_amount <= 0:
        raise ImpossiblePrice(currency=currency, unit_amount=unit_amount)
    if credits is not None and credits * amounts.minimum < unit_amount:
        raise NoCredits(minimum=amounts.minimum)
