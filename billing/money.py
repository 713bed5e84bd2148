"""
Money and numbers as people read them, and the amounts that Stripe charges.

How many decimals a currency's smallest unit stands for is Stripe's rule
(https://docs.stripe.com/currencies#minor-units), which is neither ISO's nor the locale's: UGX
and ISK have no cents in use and two decimals at Stripe.
"""

from copy import copy
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import (
    NumberPattern,
    format_currency,
    format_decimal,
    get_currency_symbol,
    get_territory_currencies,
    parse_pattern,
)
from django.utils.translation import get_language, to_locale

# In which Stripe charges: https://docs.stripe.com/currencies#presentment-currencies.
_CHARGED = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd
    gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak
    lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd
    omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std
    szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar
    zmw
"""
CURRENCIES = frozenset(_CHARGED.split())
_NO_DECIMALS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
_THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
# With two decimals at Stripe, which must be 00: https://docs.stripe.com/currencies#special-cases.
_WHOLE_IN_HUNDREDTHS = frozenset({"isk", "ugx"})
# In the smallest unit: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts.
_SMALLEST_CHARGES = {
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
    "usd": 50,
}
# Eight digits; in a few currencies Stripe takes more.
LARGEST_CHARGE = 99_999_999
_MINUS = "\N{MINUS SIGN}"


def decimals(currency: str) -> int:
    """Tell how many decimals Stripe's smallest unit of this currency stands for."""
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def smallest_charge(currency: str) -> int:
    """
    Tell how little Stripe charges, in the smallest unit.

    Where its table has no line, it converts to the account's own currency at the day's rate: then
    nothing but an amount at all is known to be needed.
    """
    return _SMALLEST_CHARGES.get(currency, 1)


def step(currency: str) -> int:
    """Tell of what an amount in smallest units must be a multiple at Stripe."""
    if currency in _THREE_DECIMALS:
        return 10
    return 100 if currency in _WHOLE_IN_HUNDREDTHS else 1


def to_decimal(unit_amount: int, currency: str) -> Decimal:
    """Turn 999 of usd into 9.99, exactly."""
    return Decimal(unit_amount).scaleb(-decimals(currency))


def to_unit_amount(amount: Decimal, currency: str) -> int | None:
    """Turn 9.99 into 999 of usd; None where the currency has no such decimals."""
    units = amount.scaleb(decimals(currency))
    return int(units) if units == units.to_integral_value() else None


def currency_of(language: str) -> str | None:
    """
    Find the currency of the country that a language's code names, or is most likely of.

    `en-gb` names one; of `en` and `zh-hans` CLDR says which is the likeliest.
    """
    try:
        locale = Locale.parse(to_locale(language))
    except (ValueError, UnknownLocaleError):
        return None
    territory = locale.territory or _likely_territory(locale)
    tender = get_territory_currencies(territory) if territory else []
    code = tender[0].lower() if tender else None
    return code if code in CURRENCIES else None


def country_name(code: str) -> str:
    """Name a country in the reader's language; what nobody knows is given as it is."""
    return str(_locale().territories.get(code, code))


def _likely_territory(locale: Locale) -> str | None:
    likely = get_global("likely_subtags")
    for known in (f"{locale.language}_{locale.script}", locale.language):
        found = Locale.parse(likely[known]) if known in likely else None
        if found and locale.script in {None, found.script}:
            return found.territory
    return None


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


def format_rate(unit_amount: Fraction, currency: str) -> str:
    """Write what a part costs, such as a credit: three digits that count, or the currency's own."""
    exact = Decimal(unit_amount.numerator) / Decimal(unit_amount.denominator)
    amount = exact.scaleb(-decimals(currency))
    places = max(decimals(currency), 2 - amount.adjusted())
    rounded = amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    while places > decimals(currency) and rounded == round(rounded, places - 1):
        places -= 1
    code = currency.upper()
    locale = _locale()
    pattern = _pattern(locale, code, places)
    return format_currency(rounded, code, format=pattern, locale=locale, currency_digits=False)


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
