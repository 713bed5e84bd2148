"""System checks: a value that no setting of the ledger can have is named before anything runs."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.db import DEFAULT_DB_ALIAS, connections
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch

from credits import conf, setting_rules
from credits.setting_rules import SWITCH, Rule, is_at_least, is_switch

# Characters of a key: half as many bytes in hexadecimal, 128 bits that nobody tries out.
KEY_LENGTH = 32


_is_count = is_at_least(0)
_is_positive = is_at_least(1)


def _is_count_or_none(value: Any) -> bool:
    return value is None or _is_count(value)


def _are_days(value: Any) -> bool:
    return isinstance(value, list | tuple | set) and all(map(_is_positive, value))


def _is_policy(value: Any) -> bool:
    return value in {"record", "lien"} if isinstance(value, str) else False


def _is_address(value: Any) -> bool:
    return isinstance(value, str)


COUNT = "a whole number, 0 or more"
COUNT_OR_NONE = f"{COUNT}, or None"
RULES = {
    "CREDITS_RESTORE_GRACE_DAYS": Rule("credits.E001", _is_count, COUNT),
    "CREDITS_SHORTFALL_POLICY": Rule("credits.E002", _is_policy, "'record' or 'lien'"),
    "CREDITS_HOLD_MINUTES": Rule("credits.E003", _is_positive, "a whole number, 1 or more"),
    "CREDITS_ADJUSTMENT_APPROVAL_ABOVE": Rule("credits.E004", _is_count_or_none, COUNT_OR_NONE),
    "CREDITS_SIGNUP_GRANT": Rule("credits.E005", _is_count, COUNT),
    "CREDITS_SIGNUP_VALID_DAYS": Rule("credits.E006", _is_count, COUNT),
    "CREDITS_MONTHLY_ALLOWANCE": Rule("credits.E007", _is_count, COUNT),
    "CREDITS_LOW_BALANCE": Rule("credits.E008", _is_count_or_none, COUNT_OR_NONE),
    "CREDITS_LOW_BALANCE_RECOVERED": Rule("credits.E009", _is_count, COUNT),
    "CREDITS_EXPIRY_NOTICE_DAYS": Rule(
        "credits.E010", _are_days, "a list of whole numbers, each 1 or more"
    ),
    "CREDITS_PREPARED_STATEMENTS": Rule("credits.E011", is_switch, SWITCH),
    "CREDITS_HOLD_LONGEST_MINUTES": Rule("credits.E017", _is_positive, "a whole number, 1 or more"),
    "CREDITS_BUY_URL": Rule("credits.E015", _is_address, "an address, or the name of one"),
}


@register("credits")
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [*_impossible_values(), *_impossible_keys()] or list(_contradictions())


@register("credits")
def check_buy_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    address = conf.setting("CREDITS_BUY_URL", default="")
    if not address or not isinstance(address, str):
        return []
    try:
        resolve_url(address)
    except NoReverseMatch:
        return [
            Error(
                "CREDITS_BUY_URL is no address, and the project has none of that name.",
                hint="Set it to a name such as 'billing:overview', or to an address: '/plans/'.",
                id="credits.E016",
            )
        ]
    return []


@register("credits")
def check_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    if vendor == "postgresql":
        return []
    return [
        Error(
            f"The default database is {vendor}: the ledger needs PostgreSQL.",
            hint="Set DATABASES['default'] to a PostgreSQL database.",
            id="credits.E012",
        )
    ]


def _impossible_values() -> Iterator[CheckMessage]:
    for _, error in setting_rules.broken(RULES, read=conf.setting):
        yield error


def _impossible_keys() -> Iterator[CheckMessage]:
    """Name keys by place and length: a message is logged, and a key is a secret."""
    name = "CREDITS_SIGNUP_FINGERPRINT_KEYS"
    keys = conf.setting(name, default=())
    if isinstance(keys, str):
        keys = [keys] if keys else []
    if not isinstance(keys, list | tuple):
        yield _impossible_key(f"{name} is a list of strings, got {type(keys).__name__}.")
        return
    for place, key in enumerate(keys, start=1):
        found = len(key) if isinstance(key, str) else type(key).__name__
        if not isinstance(key, str) or len(key) < KEY_LENGTH:
            yield _impossible_key(
                f"{name}: key {place} is a string of {KEY_LENGTH} characters or more, got {found}."
            )


def _impossible_key(message: str) -> CheckMessage:
    return Error(
        message,
        hint='Make one: python -c "import secrets; print(secrets.token_hex(32))"',
        id="credits.E014",
    )


def _contradictions() -> Iterator[CheckMessage]:
    low = conf.low_balance()
    if low is not None and conf.low_balance_recovered() < low:
        yield Warning(
            f"CREDITS_LOW_BALANCE_RECOVERED is {conf.low_balance_recovered()}, below"
            f" CREDITS_LOW_BALANCE, {low}: whatever falls below {low} has recovered before.",
            hint="Set it to more than CREDITS_LOW_BALANCE, or leave it out for twice as much.",
            id="credits.W001",
        )
    if low is None and conf.setting("CREDITS_LOW_BALANCE_RECOVERED", default=None) is not None:
        yield Warning(
            "CREDITS_LOW_BALANCE_RECOVERED is set and CREDITS_LOW_BALANCE is not: nobody is told"
            " of a low balance.",
            hint="Set CREDITS_LOW_BALANCE, too, or leave both out.",
            id="credits.W002",
        )
    if low == 0:
        yield Warning(
            "CREDITS_LOW_BALANCE is 0: nobody is told of a low balance, for no balance is below 0.",
            hint="Set it to 1 to tell of an empty one, or leave it out to tell of none.",
            id="credits.W003",
        )
    if conf.hold_minutes() > conf.hold_longest_minutes():
        yield Error(
            f"CREDITS_HOLD_MINUTES is {conf.hold_minutes()}, above CREDITS_HOLD_LONGEST_MINUTES,"
            f" {conf.hold_longest_minutes()}: no hold could be placed.",
            hint="Set CREDITS_HOLD_LONGEST_MINUTES to as much or more.",
            id="credits.E018",
        )
    if conf.signup_valid_days() and not conf.signup_grant():
        yield Warning(
            f"CREDITS_SIGNUP_VALID_DAYS is {conf.signup_valid_days()} and CREDITS_SIGNUP_GRANT is"
            " 0: nobody has credits for signing up.",
            hint="Set CREDITS_SIGNUP_GRANT, too, or leave both out.",
            id="credits.W004",
        )
    if conf.signup_fingerprint_keys() and not conf.signup_grant():
        yield Warning(
            "CREDITS_SIGNUP_FINGERPRINT_KEYS is set and CREDITS_SIGNUP_GRANT is 0: nobody has"
            " credits for signing up.",
            hint="Set CREDITS_SIGNUP_GRANT, too. Keep the keys where it was set before.",
            id="credits.W005",
        )
    if not settings.USE_TZ:
        yield Error(
            "USE_TZ is False: the ledger keeps instants, and would not know of which time zone.",
            hint="Set USE_TZ to True.",
            id="credits.E013",
        )
