"""What an operation costs: one rule, exact, without the database."""

from decimal import Decimal
from fractions import Fraction
from math import ceil


def cost(*, base: int, per_unit: Decimal, units: int | Decimal) -> int:
    """
    Add up the credits of one use, and round up what is not whole.

    Fractions, since a Decimal would be rounded to the precision of whoever asks: a third of a unit
    three times over must not cost one credit more.

    :param base: credits for each use
    :param per_unit: credits for each unit, on top
    """
    return base + ceil(Fraction(per_unit) * Fraction(units))
