from decimal import Decimal

import pytest
from django.utils import translation

from billing import money


class TestFormatMoney:
    @pytest.mark.parametrize(
        ("unit_amount", "currency", "written"),
        [
            (999, "usd", "$9.99"),
            (1_234_560, "usd", "$12,345.60"),
            (0, "eur", "€0.00"),
            (800, "jpy", "¥800"),
            (500, "ugx", "UGX\xa05.00"),
            (1234, "kwd", "KWD\xa01.234"),
            (-250, "gbp", "-£2.50"),
        ],
    )
    def test_counts_decimals_as_stripe_does(self, unit_amount, currency, written):
        assert money.format_money(unit_amount, currency) == written

    def test_follows_the_language(self):
        with translation.override("zh-hans"):
            assert money.format_money(999, "usd") == "US$9.99"

    def test_is_exact_beyond_floats(self):
        assert money.to_decimal(9_007_199_254_740_993, "usd") == Decimal("90071992547409.93")


class TestFormatNumber:
    def test_groups_digits(self):
        assert money.format_number(1_000_000) == "1,000,000"


class TestFormatChange:
    def test_shows_what_came(self):
        assert money.format_change(1000) == "+1,000"

    def test_shows_what_left_with_a_real_minus(self):
        assert money.format_change(-33) == "\N{MINUS SIGN}33"
