"""What the shop window says of a plan beside its price."""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from billing.models import PlanPrice


def best_values(prices: Iterable[PlanPrice]) -> frozenset[int]:
    """
    Find the prices of which *Best value* is true: fewer units of money a credit than any other.

    Bonus credits count. Prices are compared within a currency only; of one alone, and of two that
    are equally cheap, none is the best.

    :returns: their primary keys, one a currency at most
    """
    by_currency = defaultdict(list)
    for price in prices:
        a_credit = Fraction(price.unit_amount, price.plan.total_credits)
        by_currency[price.currency].append((a_credit, price.pk))
    best = set()
    for rated in by_currency.values():
        for (cheapest, pk), (second, _pk) in list(pairwise(sorted(rated)))[:1]:
            if cheapest < second:
                best.add(pk)
    return frozenset(best)
