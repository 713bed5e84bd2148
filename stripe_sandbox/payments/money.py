"""Money as Stripe says it in its messages. Amounts are integers in the smallest unit."""

import re
from decimal import Decimal

from stripe_sandbox.errors import refused
from stripe_sandbox.payments.currencies import decimals

SYMBOLS = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}

FEE_PER_MILLE = 29
FEE_FIXED = 30
DISPUTE_FEE = 1500


def shown(amount: int, currency: str) -> str:
    """Write an amount for a person: `$9.99`, `¥800`, `12.00 CHF`."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    number = f"{Decimal(amount).scaleb(-decimals(currency)):,}"
    if currency in SYMBOLS:
        return f"{sign}{SYMBOLS[currency]}{number}"
    return f"{sign}{number} {currency.upper()}"


def read(text: str, currency: str) -> int:
    """
    Read what a person wrote: `9.99` dollars, `800` yen.

    :raises StripeError: if that is no amount of this currency
    """
    places = decimals(currency)
    match = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,3}))?", text.strip())
    if match is None or len(match[2] or "") > places:
        raise refused(f"{text} is no amount of {currency.upper()}.", param="amount")
    return int(match[1] + (match[2] or "").ljust(places, "0"))


def charge_fee(amount: int) -> int:
    """Stripe's list price for a card, 2.9 % + 30, never more than was paid."""
    return min(amount, (amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED)
