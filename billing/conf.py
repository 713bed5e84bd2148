"""
The settings of billing: what each is, and what it is where a project does not set it.

Three are demanded: `STRIPE_SECRET_KEY`, `STRIPE_WEBHOOK_SECRET` and `SITE_URL`; `checks.py` names
the one that is missing. Each is read when it is needed, so that a test or a running process may
change it, and nowhere but here. White space around a secret or an address is not part of it: a file
that a secret is mounted as ends in a line feed.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings

# Prefixes of the keys that move real money: https://docs.stripe.com/keys.
LIVE_KEYS = ("sk_live_", "rk_live_")
# How long Stripe lists its events: https://docs.stripe.com/api/events/list.
EVENTS_KEPT = timedelta(days=30)
# How many people may share one address, as in an office, before its attempts are too many.
PEOPLE_AT_AN_ADDRESS = 10


# --- This site ------------------------------------------------------------------------------


def site_url() -> str:
    """Give the address at which people and Stripe reach this site. Demanded."""
    return str(setting("SITE_URL", default="")).strip().rstrip("/")


def site_name() -> str:
    """Name the site, as pages and mails do."""
    return str(setting("SITE_NAME", default="Credits"))


def contact() -> str:
    """Say whom people write to: an address, or a line with a name and one. Empty: nothing."""
    return str(setting("SITE_CONTACT", default="") or "").strip()


def seller() -> list[str]:
    """
    List the lines that say on statements who sells: name, address, tax number.

    `BILLING_SELLER` is a text of lines. Empty: the site's name, and whom people write to.
    """
    given = str(setting("BILLING_SELLER", default="") or "")
    lines = given.splitlines() or [site_name(), contact()]
    return [stripped for line in lines if (stripped := line.strip())]


def trusted_proxies() -> int:
    """
    Tell how many proxies of yours stand before the site, each adding to X-Forwarded-For.

    0: none; a visitor is who the connection is from.
    """
    return int(setting("BILLING_TRUSTED_PROXIES", default=0))


# --- Stripe ---------------------------------------------------------------------------------


def secret_key() -> str:
    """Give the key that calls to Stripe are made with. Demanded."""
    return str(setting("STRIPE_SECRET_KEY", default="")).strip()


def webhook_secrets() -> tuple[str, ...]:
    """
    List the secrets that webhooks may be signed with. At least one is demanded.

    `STRIPE_WEBHOOK_SECRET` is a string, with commas where several are good at once while one is
    rolled, or a list.
    """
    value = setting("STRIPE_WEBHOOK_SECRET", default="")
    secrets = value.split(",") if isinstance(value, str) else value or ()
    return tuple(stripped for secret in secrets if (stripped := secret.strip()))


def livemode() -> bool:
    """Tell whether real money moves; by default what the key says."""
    return bool(setting("STRIPE_LIVE_MODE", default=secret_key().startswith(LIVE_KEYS)))


def account() -> str:
    """
    Name this site's own account at Stripe, `acct_…`; empty: events that name one are not ours.

    Needed only where an organization's event destination sends to this site: its events name the
    account that each is of, ours too. https://docs.stripe.com/context
    """
    return str(setting("BILLING_STRIPE_ACCOUNT", default="") or "").strip()


def api_base() -> str:
    """Give the address of another Stripe, such as the sandbox; empty: the real one."""
    return str(setting("STRIPE_API_BASE", default="")).strip()


def timeout() -> float:
    """Seconds that one call to Stripe may take; buying makes two at most."""
    return float(setting("STRIPE_TIMEOUT", default=4.0))


def payment_method_types() -> tuple[str, ...]:
    """Payment methods on Stripe's page; empty: Stripe chooses by what the Dashboard allows."""
    return tuple(setting("PAYMENT_METHOD_TYPES", default=()))


# --- Selling --------------------------------------------------------------------------------


def currency() -> str:
    """Give the currency that plans are sold in: ISO 4217, lower case."""
    return str(setting("BILLING_CURRENCY", default="usd"))


def checkouts_per_hour() -> int:
    """Checkout Sessions that one person may open in an hour."""
    return int(setting("BILLING_CHECKOUTS_PER_HOUR", default=10))


def session_minutes() -> int:
    """Minutes that a Checkout Session stays open: 31 to 1439."""
    return int(setting("BILLING_SESSION_MINUTES", default=45))


def voucher_attempts_per_hour() -> int:
    """Codes that one person may try in an hour; from one address ten times as many."""
    return int(setting("BILLING_VOUCHER_ATTEMPTS_PER_HOUR", default=10))


def top_ups() -> bool:
    """
    Tell whether people may have a saved card charged when their balance runs low.

    Off by default: it takes a job that runs every minute, and words in your terms of business.
    """
    return bool(setting("BILLING_TOP_UPS", default=False))


def signup_url() -> str:
    """
    Give the address, or the name of one, where strangers sign up who want to buy.

    It is given `?next=`, where to go afterwards. Empty: allauth's, where it is installed, else
    `LOGIN_URL`.
    """
    given = str(setting("BILLING_SIGNUP_URL", default="") or "")
    has_allauth = apps.is_installed("allauth.account")
    return given or ("account_signup" if has_allauth else str(setting("LOGIN_URL", default="")))


def next_hosts() -> frozenset[str]:
    """List the hosts, besides this site's own, that buyers may be led on to by `?next=`."""
    return frozenset(setting("BILLING_NEXT_HOSTS", default=()))


def language_cookie() -> dict[str, Any]:
    """Say where Django keeps a browser's language, as `set_cookie` takes it, but for the value."""
    options = ("max_age", "AGE"), ("path", "PATH"), ("domain", "DOMAIN"), ("secure", "SECURE")
    more = ("key", "NAME"), ("httponly", "HTTPONLY"), ("samesite", "SAMESITE")
    return {
        argument: setting(f"LANGUAGE_COOKIE_{name}", default=None)
        for argument, name in (*options, *more)
    }


def erasure_grace_days() -> int:
    """Days between a person's wish to be erased and the erasure; they may take it back."""
    return int(setting("BILLING_ERASURE_GRACE_DAYS", default=7))


# --- Tax and invoices -----------------------------------------------------------------------


def automatic_tax() -> bool:
    """Tell whether Stripe calculates tax on its page: https://docs.stripe.com/tax/checkout."""
    return bool(setting("BILLING_AUTOMATIC_TAX", default=False))


def tax_id_collection() -> bool:
    """Tell whether Stripe's page asks businesses for their tax number."""
    return bool(setting("BILLING_TAX_ID_COLLECTION", default=False))


def billing_address_collection() -> str:
    """Say when Stripe's page asks for an address: `required`, or `auto`, where it needs one."""
    return str(setting("BILLING_ADDRESS_COLLECTION", default="auto"))


def asks_who_buys() -> bool:
    """Tell whether Stripe's page asks whom an invoice would be for, whatever is taxed."""
    return tax_id_collection() or billing_address_collection() == "required"


def invoice_creation() -> bool:
    """Tell whether Stripe writes an invoice for each payment, which it charges for."""
    return bool(setting("BILLING_INVOICE_CREATION", default=False))


def managed_payments() -> bool:
    """
    Tell whether Stripe sells in its own name, and sees to tax and invoices itself.

    https://docs.stripe.com/payments/managed-payments
    """
    return bool(setting("BILLING_MANAGED_PAYMENTS", default=False))


# --- Fraud ----------------------------------------------------------------------------------


def fraud_refund_below() -> Mapping[str, int]:
    """
    Say below which amounts a payment is refunded by itself once Stripe warns of fraud.

    Currencies, in lower case, and amounts in their smallest units: `{"usd": 2000}` is 20.00 USD.
    A currency that is not named, and any where it is empty: staff decide.
    """
    return dict(setting("BILLING_FRAUD_REFUND_BELOW", default={}) or {})


def fraud_hold() -> bool:
    """Tell whether credits left of a payment that Stripe warns of wait until staff have decided."""
    return bool(setting("BILLING_FRAUD_HOLD", default=False))


# --- People ---------------------------------------------------------------------------------


def email_verification() -> str:
    """
    Give the dotted path of the host's own answer to whether a user's address is verified.

    A function of the user that returns a bool. Empty: allauth's answer, where it is installed.
    """
    return str(setting("BILLING_EMAIL_VERIFICATION", default="") or "")


def user_language() -> str:
    """
    Give the dotted path of the host's own answer to which language a user reads.

    A function of the user that returns a code such as `zh-hans`. Empty: the language in which they
    last read a page of billing, else the site's.
    """
    return str(setting("BILLING_USER_LANGUAGE", default="") or "")


def mails_off() -> frozenset[str]:
    """List the kinds of mail that nobody gets, such as those that the project writes itself."""
    return frozenset(setting("BILLING_MAILS_OFF", default=()))


# --- Staff ----------------------------------------------------------------------------------


def staff_groups() -> bool:
    """Tell whether `migrate` makes the groups Catalog, Support, Refunds and Auditor."""
    return bool(setting("BILLING_STAFF_GROUPS", default=True))


# --- Keeping and comparing ------------------------------------------------------------------


def payload_days() -> int:
    """Days that Stripe's payloads are kept before they are reduced to ids, states and sums."""
    return int(setting("BILLING_PAYLOAD_DAYS", default=90))


def reconcile_days() -> int:
    """Days that reconciliation looks back every hour; Stripe repeats a delivery for three."""
    return int(setting("BILLING_RECONCILE_DAYS", default=5))


def reconcile_patience() -> float:
    """Seconds that a webhook may take before its absence is called a difference."""
    return float(setting("BILLING_RECONCILE_PATIENCE", default=10.0))


# --- Django's own ---------------------------------------------------------------------------


def is_debug() -> bool:
    return bool(setting("DEBUG", default=False))


def language_code() -> str:
    """Give the code of the site's own language."""
    return str(setting("LANGUAGE_CODE", default="en-us"))


def languages() -> Sequence[tuple[str, str]]:
    """List the languages of the site, as code and name."""
    return list(setting("LANGUAGES", default=()))


def setting(name: str, *, default: Any) -> Any:
    """Read a setting as the project wrote it."""
    return getattr(settings, name, default)
