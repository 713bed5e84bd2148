"""Settings that are possible each, and not together."""

from collections.abc import Iterator
from typing import Final

from django.core.checks import CheckMessage, Warning  # noqa: A004

from billing import conf

# Payment methods that Stripe takes in few currencies; with another, every purchase is refused.
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
DAY: Final = 86_400  # seconds


def contradictions() -> Iterator[CheckMessage]:
    currency = conf.currency()
    refused = [
        name
        for name in conf.payment_method_types()
        if currency not in CURRENCIES.get(name, {currency})
    ]
    if refused:
        yield Warning(
            f"PAYMENT_METHOD_TYPES has {', '.join(refused)}, which Stripe does not take in"
            f" {currency}, the BILLING_CURRENCY: it would refuse every purchase.",
            hint="Take them out, or leave PAYMENT_METHOD_TYPES out and let Stripe choose.",
            id="billing.W002",
        )
    if conf.reconcile_patience() >= conf.reconcile_days() * DAY:
        yield Warning(
            f"BILLING_RECONCILE_PATIENCE is {conf.reconcile_patience():.0f} seconds, as long as the"
            " BILLING_RECONCILE_DAYS that are looked at: nothing would ever be called a"
            " difference.",
            hint="Leave BILLING_RECONCILE_PATIENCE out for its default, 10 seconds.",
            id="billing.W003",
        )
