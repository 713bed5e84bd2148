"""Which payment methods Stripe takes in which currency."""

from collections.abc import Iterable
from typing import Final

# Payment methods that Stripe takes in few currencies; it refuses a session that has another.
# https://docs.stripe.com/payments/payment-methods/payment-method-support#currency-support
CURRENCIES: Final = {
    "acss_debit": {"cad", "usd"},
    "au_becs_debit": {"aud"},
    "bacs_debit": {"gbp"},
    "bancontact": {"eur"},
    "blik": {"pln"},
    "boleto": {"brl"},
    "cashapp": {"usd"},
    "eps": {"eur"},
    "fpx": {"myr"},
    "grabpay": {"myr", "sgd"},
    "ideal": {"eur"},
    "konbini": {"jpy"},
    "oxxo": {"mxn"},
    "p24": {"eur", "pln"},
    "paynow": {"sgd"},
    "promptpay": {"thb"},
    "sepa_debit": {"eur"},
    "swish": {"sek"},
    "twint": {"chf"},
    "us_bank_account": {"usd"},
}


def payment_methods_in(currency: str, names: Iterable[str]) -> tuple[str, ...]:
    """Pick the payment methods that Stripe takes in a currency; of unknown ones, it decides."""
    return tuple(name for name in names if currency in CURRENCIES.get(name, {currency}))
