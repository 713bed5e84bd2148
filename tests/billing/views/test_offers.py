from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.models import CreditPlan, PlanPrice
from billing.views.offers import best_values, offers, rate_of


def price(
    pk, unit_amount, credits, *, bonus=0, currency="usd", amounts=(None, None, None), tax=None
):
    plan = CreditPlan(pk=pk, name=f"Plan {pk}", credits=credits, bonus_credits=bonus)
    minimum, maximum, step = amounts
    return PlanPrice(
        pk=pk,
        plan=plan,
        unit_amount=unit_amount,
        currency=currency,
        tax_behavior=tax or "unspecified",
        amount_minimum=minimum,
        amount_maximum=maximum,
        amount_step=step,
    )


# Ten credits for 1.00, in steps of 1.00; and three for 1.00 in cents, which rounds.
EXACT = {"amounts": (500, 50_000, 100)}
ROUNDED = {"amounts": (500, 50_000, 1)}


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
        ([price(1, 100, 10, **EXACT), price(2, 1000, 100)], set()),
        ([price(1, 100, 10, **EXACT), price(2, 1001, 100)], {1}),
        ([price(1, 100, 10, **EXACT), price(2, 999, 100)], {2}),
        # By its rate it is cheaper; of 5.34 for 16 credits that is not true.
        ([price(1, 100, 3, **ROUNDED), price(2, 1001, 30)], set()),
        ([price(1, 100, 3, **ROUNDED), price(2, 1100, 30)], {1}),
        ([price(1, 100, 3, **ROUNDED), price(2, 999, 30)], {2}),
        # Closer together than a float can tell.
        ([price(1, 10**17 + 1, 10**17), price(2, 10**17, 10**17)], {2}),
    ],
)
def test_the_best_value_is_the_one_that_no_other_equals(prices, best):
    assert best_values(prices) == best


@given(
    credits=st.integers(1, 500),
    unit_amount=st.integers(1, 2000),
    minimum=st.integers(1, 3000),
    step=st.integers(1, 100),
    steps=st.integers(0, 200),
)
def test_no_amount_costs_more_a_credit_than_the_dearest_rate_says(
    credits, unit_amount, minimum, step, steps
):
    assume(credits * minimum >= unit_amount)
    rate = rate_of(price(1, unit_amount, credits, amounts=(minimum, 10**6, step)))
    amount = minimum + step * steps

    paid_for_one = Fraction(amount, credits * amount // unit_amount)

    assert rate.low <= paid_for_one <= rate.high


class TestWhereStripeCalculatesTax:
    @pytest.fixture(autouse=True, params=["BILLING_AUTOMATIC_TAX", "BILLING_MANAGED_PAYMENTS"])
    def tax(self, request, settings):
        setattr(settings, request.param, True)

    @pytest.mark.parametrize("tax", ["inclusive", "exclusive"])
    def test_prices_of_one_tax_behavior_are_compared(self, tax):
        shown = offers([price(1, 100, 100, tax=tax), price(2, 90, 100, tax=tax)])

        assert [(one.is_best_value, one.saving) for one in shown] == [(False, 0), (True, 10)]

    @pytest.mark.parametrize(
        ("dear", "cheap"),
        [
            ("inclusive", "exclusive"),
            ("exclusive", "inclusive"),
            ("inclusive", "unspecified"),
            ("unspecified", "unspecified"),
        ],
    )
    def test_others_get_no_badge(self, dear, cheap):
        shown = offers([price(1, 100, 100, tax=dear), price(2, 90, 100, tax=cheap)])

        assert [(one.is_best_value, one.saving) for one in shown] == [(False, 0)] * 2

    def test_one_currency_says_nothing_of_another(self):
        shown = offers(
            [
                price(1, 100, 100, tax="exclusive"),
                price(2, 90, 100, tax="inclusive"),
                price(3, 100, 100, currency="eur", tax="inclusive"),
                price(4, 90, 100, currency="eur", tax="inclusive"),
            ]
        )

        assert [one.is_best_value for one in shown] == [False, False, False, True]


class TestOffers:
    @pytest.mark.parametrize(
        ("prices", "savings"),
        [
            ([price(1, 100, 100)], [0]),
            ([price(1, 999, 100), price(2, 3900, 500, bonus=75)], [0, 32]),
            # 0.999 percent is not 1.
            ([price(1, 100_100, 1000), price(2, 99_100, 1000)], [0, 0]),
            ([price(1, 100, 100), price(2, 100, 100)], [0, 0]),
            ([price(1, 100, 10), price(2, 10, 10, currency="eur")], [0, 0]),
            ([price(1, 200, 3), price(2, 100, 3, **ROUNDED)], [0, 46]),
        ],
    )
    def test_save_against_the_dearest_and_never_round_up(self, prices, savings):
        assert [offer.saving for offer in offers(prices)] == savings

    @pytest.mark.parametrize(
        ("unit_amount", "credits", "bonus", "currency", "written"),
        [
            (999, 100, 0, "usd", "$0.0999"),
            (3900, 500, 75, "usd", "$0.0678"),
            (1000, 100, 0, "usd", "$0.10"),
            (1000, 1, 0, "usd", "$10.00"),
            (100, 3, 0, "jpy", "¥33.3"),
            (900, 300, 0, "jpy", "¥3"),
            (1, 1_000_000, 0, "usd", "$0.00000001"),
            (1234, 1, 0, "kwd", "KWD\xa01.234"),
        ],
    )
    def test_say_what_a_credit_costs_with_the_bonus(
        self, unit_amount, credits, bonus, currency, written
    ):
        [offer] = offers([price(1, unit_amount, credits, bonus=bonus, currency=currency)])

        assert offer.a_credit == written
