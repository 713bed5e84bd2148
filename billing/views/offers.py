"""What the shop window says of a plan beside its price, and none of it is ever false."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from billing import catalog, conf, money
from billing.models import CreditPlan, PlanPrice
from billing.models.prices import TaxBehavior

# What all prices of a currency must be to be compared, where Stripe calculates tax.
ALIKE = ({TaxBehavior.INCLUSIVE}, {TaxBehavior.EXCLUSIVE})


@dataclass(frozen=True)
class Rate:
    """
    Units of money for a credit, bonus included: at its cheapest, and at its dearest.

    They differ where the buyer chooses an amount and parts of a credit are rounded down.
    """

    low: Fraction
    high: Fraction

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A plan in the shop window: its price, and how that compares with the others."""

    price: PlanPrice
    rate: Rate
    is_best_value: bool
    # Percent less a credit than the dearest plan asks, rounded down.
    saving: int

    @property
    def plan(self) -> CreditPlan:
        return self.price.plan

    @property
    def a_credit(self) -> str:
        """The price of a credit, for reading."""
        return money.format_rate(self.rate.low, self.price.currency)

    @property
    def tax(self) -> str:
        """Say whether tax comes on top or is included, where Stripe calculates any."""
        return self.price.tax_behavior if _is_taxed() else ""

    @cached_property
    def quantity_maximum(self) -> int:
        return catalog.quantity_maximum(self.price)


def offers(prices: Sequence[PlanPrice]) -> list[Offer]:
    """Compare prices of one or of several currencies, in the order that they have."""
    best = best_values(prices)
    dearest = _dearest(prices)
    return [
        Offer(
            price=price,
            rate=rate_of(price),
            is_best_value=price.pk in best,
            saving=_saving(rate_of(price), dearest.get(price.currency)),
        )
        for price in prices
    ]


def best_values(prices: Iterable[PlanPrice]) -> frozenset[int]:
    """
    Find the prices of which *Best value* is true: fewer units of money a credit than any other.

    Bonus credits count, and an amount that may be chosen counts at its dearest. Prices are compared
    within a currency only; of one alone, and of two that are equally cheap, none is the best. Where
    a currency's prices are not comparable, as tax may come on top of one of them, none is either.

    :returns: their primary keys, one a currency at most
    """
    best = set()
    for comparable in _comparable(prices).values():
        rated = [(rate_of(price), price.pk) for price in comparable]
        rate, pk = min(rated, key=lambda one: one[0].high)
        others = [other.low for other, other_pk in rated if other_pk != pk]
        if others and rate.high < min(others):
            best.add(pk)
    return frozenset(best)


def rate_of(price: PlanPrice) -> Rate:
    credits, unit_amount = price.plan.total_credits, price.unit_amount
    low = Fraction(unit_amount, credits)
    minimum, step = price.amount_minimum, price.amount_step
    if minimum is None or step is None:
        return Rate(low, low)
    if minimum * credits % unit_amount == 0 and step * credits % unit_amount == 0:
        return Rate(low, low)
    # At most all but one part of a credit is lost, and that weighs most at the least amount.
    bought = Fraction(max(1, minimum * credits - (unit_amount - 1)), unit_amount)
    return Rate(low, minimum / bought)


def _dearest(prices: Iterable[PlanPrice]) -> dict[str, Fraction]:
    return {
        currency: max(rate_of(price).low for price in comparable)
        for currency, comparable in _comparable(prices).items()
    }


def _comparable(prices: Iterable[PlanPrice]) -> dict[str, list[PlanPrice]]:
    """
    Sort prices by currency, without currencies whose amounts do not mean the same.

    Where Stripe calculates tax, one amount may include it and another not; of an unspecified one,
    only Stripe's settings say which.
    """
    by_currency = defaultdict(list)
    for price in prices:
        by_currency[price.currency].append(price)
    if not _is_taxed():
        return by_currency
    return {
        currency: listed
        for currency, listed in by_currency.items()
        if {price.tax_behavior for price in listed} in ALIKE
    }


def _is_taxed() -> bool:
    return conf.automatic_tax() or conf.managed_payments()


def _saving(rate: Rate, dearest: Fraction | None) -> int:
    """Count the percent, none where nothing can be compared."""
    return max(0, int(100 * (1 - rate.high / dearest))) if dearest else 0
