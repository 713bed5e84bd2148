"""
How many of a plan, or for how much: the limits, asked again where a purchase begins.

The purchase's constraints are the same rules, over the limits that it has written down.
"""

from dataclasses import dataclass

from billing import money
from billing.catalog.terms import ImpossiblePrice, check_charge
from billing.models import PlanPrice


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a buyer asks for: so many, each at `unit_amount`, in the currency's smallest unit."""

    quantity: int
    unit_amount: int


class ImpossibleOrder(Exception):
    """Not so many, or not so much, can be bought of this plan."""


class ImpossibleQuantity(ImpossibleOrder):
    """There are 1 to `most` at once."""

    def __init__(self, *, quantity: int, most: int) -> None:
        self.quantity = quantity
        self.most = most
        super().__init__(f"quantity: 1 to {most}, got {quantity}")


class ImpossibleAmount(ImpossibleOrder):
    """No such amount may be chosen; all are in the currency's smallest unit."""

    def __init__(self, price: PlanPrice, amount: int | None) -> None:
        self.amount = amount
        self.price = price
        allowed = (
            f"{price.amount_minimum} to {price.amount_maximum} {price.currency} in steps of"
            f" {price.amount_step}"
            if price.is_by_amount
            else "none, as the plan has a price"
        )
        super().__init__(f"amount: {allowed}, got {amount}")


def order(price: PlanPrice, *, quantity: int = 1, amount: int | None = None) -> Order:
    """
    Make sure that a price can be bought at like this.

    :param amount: how much to pay, where the price is by amount; in the smallest unit
    :raises ImpossibleQuantity: if there are not so many at once
    :raises ImpossibleAmount: if no such amount may be chosen
    """
    if price.is_by_amount != (amount is not None):
        raise ImpossibleAmount(price, amount)
    most = quantity_maximum(price)
    if not 1 <= quantity <= most:
        raise ImpossibleQuantity(quantity=quantity, most=most)
    if amount is not None and not _may_choose(price, amount):
        raise ImpossibleAmount(price, amount)
    return Order(quantity=quantity, unit_amount=price.unit_amount if amount is None else amount)


def quantity_maximum(price: PlanPrice) -> int:
    """Tell how many there are at once: as the plan says, and no more than Stripe charges."""
    if price.is_by_amount:
        return 1
    return min(price.plan.quantity_maximum, money.LARGEST_CHARGE // price.unit_amount)


def _may_choose(price: PlanPrice, amount: int) -> bool:
    minimum, maximum, step = price.amount_minimum, price.amount_maximum, price.amount_step
    if minimum is None or maximum is None or step is None:
        return False
    try:
        check_charge(currency=price.currency, unit_amount=amount)
    except ImpossiblePrice:
        return False
    is_a_step = minimum <= amount <= maximum and (amount - minimum) % step == 0
    return is_a_step and price.plan.total_credits * amount >= price.unit_amount
