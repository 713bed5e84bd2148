import pytest

from billing.models import CreditPlan, PlanPrice
from billing.views.offers import best_values


def price(pk, unit_amount, credits, *, bonus=0, currency="usd"):
    plan = CreditPlan(pk=pk, name=f"Plan {pk}", credits=credits, bonus_credits=bonus)
    return PlanPrice(pk=pk, plan=plan, unit_amount=unit_amount, currency=currency)


@pytest.mark.parametrize(
    ("prices", "best"),
    [
        ([], set()),
        ([price(1, 100, 100)], set()),
        ([price(1, 100, 100), price(2, 199, 200)], {2}),
        ([price(1, 199, 200), price(2, 100, 100)], {1}),
        ([price(1, 100, 100), price(2, 200, 200)], set()),
        ([price(1, 100, 100), price(2, 200, 200), price(3, 400, 300)], set()),
        ([price(1, 100, 100, bonus=1), price(2, 200, 200)], {1}),
        ([price(1, 100, 100), price(2, 1, 100, currency="jpy")], set()),
        (
            [
                price(1, 100, 100),
                price(2, 90, 100),
                price(3, 500, 100, currency="eur"),
                price(4, 400, 100, currency="eur"),
            ],
            {2, 4},
        ),
        # Closer together than a float can tell.
        ([price(1, 10**17 + 1, 10**17), price(2, 10**17, 10**17)], {2}),
    ],
)
def test_the_best_value_is_the_one_that_no_other_equals(prices, best):
    assert best_values(prices) == best
