"""What operations cost: vectors, and what holds for all of them."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.costs import cost

VECTORS = [
    # base, per unit, units, credits
    (5, "0", 1, 5),
    (5, "0", 1000, 5),
    (0, "0", 7, 0),
    (0, "1", 0, 0),
    (3, "1", 0, 3),
    (0, "1", 12, 12),
    (2, "0.5", 3, 4),  # 3.5
    (2, "0.5", 4, 4),
    (0, "0.25", 1, 1),
    (0, "0.000001", 1, 1),
    (0, "0.000001", 1_000_000, 1),
    (0, "0.000001", 1_000_001, 2),
    (1, "0.1", "0.5", 2),
    (0, "3", "0.333333333333333333333333333333333333", 1),
    (0, "3", "0.333333333333333333333333333333333334", 2),
    (0, "2.5", "12.4", 31),
    (0, "2.5", "12.41", 32),
    (10, "1.5", "1E+2", 160),
]
credits_each = st.decimals(0, 10**6, places=6)
counts = st.integers(0, 10**6) | st.decimals(0, 10**6, places=9)


class TestCost:
    @pytest.mark.parametrize(("base", "per_unit", "units", "credits"), VECTORS)
    def test_is_the_base_and_each_unit_rounded_up(self, base, per_unit, units, credits):
        units = Decimal(units) if isinstance(units, str) else units

        assert cost(base=base, per_unit=Decimal(per_unit), units=units) == credits

    def test_does_not_depend_on_the_precision_of_whoever_asks(self):
        with localcontext(prec=3):
            assert cost(base=0, per_unit=Decimal("1.000001"), units=1_000_000) == 1_000_001

    @given(st.integers(0, 10**6), credits_each, counts)
    def test_is_never_below_the_exact_price_and_less_than_one_above(self, base, per_unit, units):
        with localcontext(prec=60):
            exact = base + per_unit * units

            assert 0 <= cost(base=base, per_unit=per_unit, units=units) - exact < 1

    @given(st.integers(0, 9), credits_each, counts, st.integers(0, 9))
    def test_never_falls_when_more_units_are_asked_for(self, base, per_unit, units, more):
        few = cost(base=base, per_unit=per_unit, units=units)

        assert cost(base=base, per_unit=per_unit, units=units + more) >= few
