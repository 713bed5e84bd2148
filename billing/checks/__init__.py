"""System checks: a misconfigured shop does not start."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import connections
from django.utils.module_loading import import_string

from billing import conf
from billing.checks import values
from billing.checks.contradictions import contradictions


@register("billing")
def check_stripe_settings(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Name values that cannot be, what is missing, and of what can be what contradicts itself."""
    impossible = dict(values.impossible())
    found = list(impossible.values())
    for check, names in READING.items():
        if not names & impossible.keys():
            found += check()
    return found if impossible else [*found, *contradictions()]


@register(Tags.security, deploy=True)
def check_site_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if conf.is_debug() or not conf.site_url() or conf.site_url().startswith("https://"):
        return []
    return [
        Error(
            "SITE_URL is not https, so Stripe would send people back over an open line.",
            hint="Set SITE_URL to the https address of this site.",
            id="billing.E004",
        )
    ]


def _mode() -> Iterator[CheckMessage]:
    key = conf.secret_key()
    is_live = key.startswith(conf.LIVE_KEYS)
    if key and is_live != conf.livemode():
        yield Error(
            "STRIPE_SECRET_KEY and STRIPE_LIVE_MODE disagree about live or test.",
            hint="A live key goes with STRIPE_LIVE_MODE=true, a test key without it.",
            id="billing.E001",
        )
    if is_live and conf.is_debug():
        yield Error(
            "A live Stripe key with DEBUG on: error pages would show what is secret.",
            hint="Set DEBUG=false, or use a test key.",
            id="billing.E002",
        )
    if is_live and conf.api_base():
        yield Error(
            "A live Stripe key would be sent to STRIPE_API_BASE instead of to Stripe.",
            hint="Unset STRIPE_API_BASE.",
            id="billing.E005",
        )
    if not key:
        yield Warning(
            "STRIPE_SECRET_KEY is not set, so nothing can be sold.",
            hint="Copy the secret key from Stripe's Dashboard, Developers, API keys.",
            id="billing.W001",
        )


def _secrets() -> Iterator[CheckMessage]:
    if conf.secret_key() and not conf.webhook_secrets():
        yield Error(
            "STRIPE_WEBHOOK_SECRET is not set: no webhook can be believed, nothing is granted.",
            hint="Copy the signing secret (whsec_…) of the webhook endpoint, or the one that"
            " `stripe listen --print-secret` shows.",
            id="billing.E003",
        )


def _site() -> Iterator[CheckMessage]:
    if not conf.site_url():
        yield Error(
            "SITE_URL is not set: Stripe would not know where to send people back to.",
            hint="Set SITE_URL to the address of this site, such as https://shop.example.",
            id="billing.E007",
        )


def _people() -> Iterator[CheckMessage]:
    if not conf.email_verification() and not apps.is_installed("allauth.account"):
        yield Error(
            "BILLING_EMAIL_VERIFICATION is not set: nobody's e-mail address counts as verified,"
            " so nobody can buy.",
            hint="Set it to the dotted path of a function that takes a user and tells whether"
            " their address is proven to be theirs, or install allauth.account.",
            id="billing.E008",
        )
    for name, path in (
        ("BILLING_EMAIL_VERIFICATION", conf.email_verification()),
        ("BILLING_USER_LANGUAGE", conf.user_language()),
    ):
        if path and not _is_function(path):
            yield Error(
                f"{name} is not the dotted path of a function.",
                hint=f"Correct {name}, or leave it out for its default.",
                id="billing.E009",
            )


def _is_function(path: str) -> bool:
    try:
        return callable(import_string(path))
    except ImportError:
        return False


def _transactions() -> Iterator[CheckMessage]:
    for alias in connections:
        if connections[alias].settings_dict.get("ATOMIC_REQUESTS"):
            yield Error(
                f"DATABASES[{alias!r}]['ATOMIC_REQUESTS'] is on: what Stripe is asked for would be"
                " rolled back here and stand there.",
                hint="Turn it off, and put transaction.atomic on the views of yours that need it.",
                id="billing.E021",
            )


# Each check that goes by values, with the settings that it reads: of one that is impossible
# nothing more can be said.
READING: Final[Mapping[Callable[[], Iterator[CheckMessage]], frozenset[str]]] = {
    _mode: frozenset({"STRIPE_SECRET_KEY", "STRIPE_LIVE_MODE", "STRIPE_API_BASE"}),
    _secrets: frozenset({"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"}),
    _site: frozenset({"SITE_URL"}),
    _people: frozenset(),
    _transactions: frozenset(),
}
