"""
Money and numbers as people read them. For display only; nothing here is computed with again.

How many decimals a currency's smallest unit stands for is Stripe's rule
(https://docs.stripe.com/currencies#minor-units), which is neither ISO's nor the locale's: UGX
and ISK have no cents in use and two decimals at Stripe.
"""

from copy import copy
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import (
    NumberPattern,
    format_currency,
    format_decimal,
    get_currency_symbol,
    parse_pattern,
)
from django.utils.translation import get_language, to_locale

_NO_DECIMALS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
_THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
_MINUS = "\N{MINUS SIGN}"


def decimals(currency: str) -> int:
    """Tell how many decimals Stripe's smallest unit of this currency stands for."""
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def to_decimal(unit_amount: int, currency: str) -> Decimal:
    """Turn 999 of usd into 9.99, exactly."""
    return Decimal(unit_amount).scaleb(-decimals(currency))


def format_money(unit_amount: int, currency: str) -> str:
    """Write an amount in the reader's language: 999 of usd is $9.99, or US$9.99 in Chinese."""
    locale = _locale()
    code = currency.upper()
    return format_currency(
        to_decimal(unit_amount, currency),
        code,
        format=_pattern(locale, code, decimals(currency)),
        locale=locale,
        currency_digits=False,
    )


def format_number(number: int) -> str:
    return format_decimal(number, locale=_locale())


def format_change(credits: int) -> str:
    """Write a change of a balance with its sign, a real minus for credits that left."""
    sign = "+" if credits > 0 else _MINUS if credits < 0 else ""
    return sign + format_number(abs(credits))


@lru_cache(maxsize=64)
def _pattern(locale: Locale, code: str, places: int) -> NumberPattern:
    """Take the locale's pattern, with this many decimals; a code of letters stands apart."""
    standard = locale.currency_formats["standard"]
    spelled = get_currency_symbol(code, locale)[-1].isalpha()
    pattern = parse_pattern(standard.pattern.replace("¤#", "¤\xa0#")) if spelled else copy(standard)
    pattern.frac_prec = (places, places)
    return pattern


def _locale() -> Locale:
    return _parsed_locale(get_language() or "en")


@lru_cache(maxsize=16)
def _parsed_locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))
