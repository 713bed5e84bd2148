"""Money as Stripe says it in its messages. Amounts are integers in the smallest unit."""

import re

from stripe_sandbox.errors import refused

ZERO_DECIMAL = frozenset(
    {
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "ugx",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    }
)
SYMBOLS = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}

# Stripe's smallest charge: docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
MINIMUM = {"gbp": 30, "jpy": 50, "usd": 50, "eur": 50}
MAXIMUM = 99_999_999

FEE_PER_MILLE = 29
FEE_FIXED = 30
DISPUTE_FEE = 1500


def shown(amount: int, currency: str) -> str:
    """Write an amount for a person: `$9.99`, `¥800`, `12.00 CHF`."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole = currency in ZERO_DECIMAL
    number = f"{amount:,}" if whole else f"{amount // 100:,}.{amount % 100:02}"
    if currency in SYMBOLS:
        return f"{sign}{SYMBOLS[currency]}{number}"
    return f"{sign}{number} {currency.upper()}"


def read(text: str, currency: str) -> int:
    """
    Read what a person wrote: `9.99` dollars, `800` yen.

    :raises StripeError: if that is no amount of this currency
    """
    places = 0 if currency in ZERO_DECIMAL else 2
    match = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,2}))?", text.strip())
    if match is None or len(match[2] or "") > places:
        raise refused(f"{text} is no amount of {currency.upper()}.", param="amount")
    return int(match[1] + (match[2] or "").ljust(places, "0"))


def minimum(currency: str) -> int:
    return MINIMUM.get(currency, 50)


def charge_fee(amount: int) -> int:
    """Stripe's list price for a card, 2.9 % + 30, never more than was paid."""
    return min(amount, (amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED)
