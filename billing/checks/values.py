"""Values that no setting can have. What is left out has its default, and is not looked at."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.checks import CheckMessage

from billing import conf, money
from billing.models import OutgoingMail
from credits import setting_rules
from credits.setting_rules import (
    SWITCH,
    Rule,
    is_at_least,
    is_number,
    is_switch,
    is_within,
)

# Minutes. Stripe takes 30 to 1440 by its own clock, when the request has come: a minute is for the
# way, and for clocks that differ.
SHORTEST_SESSION, LONGEST_SESSION = 31, 1439
EVENTS_KEPT = conf.EVENTS_KEPT.days


def impossible() -> Iterator[tuple[str, CheckMessage]]:
    """Give each setting whose value breaks its rule, by name."""
    return setting_rules.broken(RULES, read=conf.setting)


def _is_key(value: Any) -> bool:
    """
    Tell a secret key from a publishable one. Whether one is missing, another check says.

    https://docs.stripe.com/keys
    """
    return isinstance(value, str) and bool(
        re.fullmatch(r"((sk|rk)_(test|live)_\S+)?", value.strip())
    )


def _are_secrets(value: Any) -> bool:
    if not isinstance(value, str | list | tuple):
        return False
    secrets = value.split(",") if isinstance(value, str) else value
    return all(
        isinstance(secret, str) and re.fullmatch(r"(whsec_\S+)?", secret.strip())
        for secret in secrets
    )


def _is_address(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    address = urlsplit(value)
    return not value or (address.scheme in {"http", "https"} and bool(address.hostname))


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


def _is_currency(value: Any) -> bool:
    return isinstance(value, str) and value in money.CURRENCIES


def _are_amounts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_currency(currency) and is_at_least(1)(amount) for currency, amount in value.items()
    )


ADDRESS = "an address that begins with https:// or http://"
RULES: Final = {
    "BILLING_SESSION_MINUTES": Rule(
        "billing.E006",
        is_within(SHORTEST_SESSION, LONGEST_SESSION),
        f"a whole number of minutes, {SHORTEST_SESSION} to {LONGEST_SESSION}, which Stripe takes",
    ),
    "STRIPE_SECRET_KEY": Rule(
        "billing.E010",
        _is_key,
        "a secret or restricted key (sk_test_…, rk_live_…) without white space inside",
    ),
    "STRIPE_WEBHOOK_SECRET": Rule(
        "billing.E011",
        _are_secrets,
        "one signing secret (whsec_…) or several parted by commas, without white space inside",
    ),
    "STRIPE_LIVE_MODE": Rule("billing.E012", is_switch, SWITCH),
    "SITE_URL": Rule("billing.E013", _is_address, ADDRESS),
    "STRIPE_API_BASE": Rule("billing.E014", _is_address, ADDRESS),
    "STRIPE_TIMEOUT": Rule(
        "billing.E015",
        lambda value: is_number(value) and value > 0,
        "a number of seconds above 0",
    ),
    "PAYMENT_METHOD_TYPES": Rule("billing.E016", _are_names, "a list of names"),
    "BILLING_CURRENCY": Rule(
        "billing.E017",
        _is_currency,
        "a currency that Stripe charges in, in lower case",
    ),
    "BILLING_CHECKOUTS_PER_HOUR": Rule("billing.E018", is_at_least(1), "a whole number, 1 or more"),
    "BILLING_PAYLOAD_DAYS": Rule(
        "billing.E019", is_at_least(1), "a whole number of days, 1 or more"
    ),
    "BILLING_RECONCILE_DAYS": Rule(
        "billing.E020",
        is_within(1, EVENTS_KEPT),
        f"a whole number of days, 1 to {EVENTS_KEPT}, as long as Stripe keeps events",
    ),
    "BILLING_ERASURE_GRACE_DAYS": Rule(
        "billing.E047", is_at_least(0), "a whole number of days, 0 or more"
    ),
    "BILLING_RECONCILE_PATIENCE": Rule(
        "billing.E022",
        lambda value: is_number(value) and value >= 0,
        "a number of seconds, 0 or more",
    ),
    "BILLING_MAILS_OFF": Rule(
        "billing.E026",
        lambda value: _are_names(value) and set(value) <= set(OutgoingMail.Kind.values),
        f"a list of kinds of mail: {', '.join(OutgoingMail.Kind.values)}",
    ),
    "BILLING_STAFF_GROUPS": Rule("billing.E023", is_switch, SWITCH),
    "BILLING_VOUCHER_ATTEMPTS_PER_HOUR": Rule(
        "billing.E024", is_at_least(1), "a whole number, 1 or more"
    ),
    "BILLING_TRUSTED_PROXIES": Rule("billing.E025", is_at_least(0), "a whole number, 0 or more"),
    "BILLING_AUTOMATIC_TAX": Rule("billing.E030", is_switch, SWITCH),
    "BILLING_TAX_ID_COLLECTION": Rule("billing.E031", is_switch, SWITCH),
    "BILLING_ADDRESS_COLLECTION": Rule(
        "billing.E032", lambda value: value in {"auto", "required"}, "'auto' or 'required'"
    ),
    "BILLING_INVOICE_CREATION": Rule("billing.E033", is_switch, SWITCH),
    "BILLING_MANAGED_PAYMENTS": Rule("billing.E034", is_switch, SWITCH),
    "BILLING_FRAUD_REFUND_BELOW": Rule(
        "billing.E040",
        _are_amounts,
        "a dictionary of currencies in lower case and whole amounts above 0, in their smallest"
        " units, such as {'usd': 2000}",
    ),
    "BILLING_FRAUD_HOLD": Rule("billing.E041", is_switch, SWITCH),
    "BILLING_TOP_UPS": Rule("billing.E028", is_switch, SWITCH),
}
