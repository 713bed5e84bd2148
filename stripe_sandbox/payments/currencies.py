"""
Which currencies Stripe takes, what their smallest unit is, and how little and much it charges.

All of it from https://docs.stripe.com/currencies.
"""

from stripe_sandbox.errors import refused

# Each of these amounts is a whole unit: 500 jpy is ¥500.
_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
ZERO_DECIMAL = frozenset(_ZERO_DECIMAL.split())
# A thousandth is the smallest unit, and its last digit must be 0: 5120 kwd, not 5124.
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
# Without cents in use, and yet with two decimals at Stripe, which must be 00.
WHOLE_IN_HUNDREDTHS = frozenset({"isk", "ugx"})
_SUPPORTED = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd
    gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak
    lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd
    omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std
    szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar
    zmw
"""
SUPPORTED = tuple(_SUPPORTED.split())

# In the smallest unit. Where Stripe's table has no line, what converts to its 50 US cents is
# taken; the sandbox knows no rates, and takes 50 of the smallest unit.
MINIMUM = {
    "aed": 200,
    "czk": 1500,
    "dkk": 250,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "thb": 1000,
}
MAXIMUM = 99_999_999


def decimals(currency: str) -> int:
    """Tell how many decimals the smallest unit stands for."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def minimum(currency: str) -> int:
    return MINIMUM.get(currency, 50)


def check_amount(amount: int, currency: str, *, param: str) -> None:
    """
    Check that an amount exists in its currency.

    ISK: https://support.stripe.com/questions/deprecation-of-fractional-isk-charges-and-refunds;
    UGX has the same rule, and is taken to be refused alike.

    :raises StripeError: if it ends in a digit that must be 0
    """
    if currency in WHOLE_IN_HUNDREDTHS and amount % 100:
        raise refused(
            f"Invalid amount. Currency {currency.upper()} has become effectively zero-decimal and "
            "charged amounts must be evenly divisible by 100. See "
            "https://stripe.com/docs/currencies#special-cases for more information.",
            code="invalid_charge_amount_no_decimal_compatible",
            param=param,
        )
    if currency in THREE_DECIMAL and amount % 10:
        raise refused(
            f"Invalid amount: {amount}. Amounts in {currency} must be multiples of 10.",
            code="parameter_invalid_integer",
            param=param,
        )
