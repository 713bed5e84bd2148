"""
The ledger's settings: what each is, and what it is where a project does not set it.

None is demanded; `checks.py` refuses values that cannot be. A value is looked up when it is first
needed and then kept, since asking Django for a setting that is missing costs a tenth of a spend;
`override_settings`, and whatever else sends `setting_changed`, lets go of it.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

_kept: dict[str, Any] = {}


def restore_grace_days() -> int:
    """Days that a lot lives on when its clawback is undone after it expired."""
    return int(_setting("CREDITS_RESTORE_GRACE_DAYS", default=30))


def is_lien_kept() -> bool:
    """
    Tell whether spends and holds leave untouched what the account owes.

    `CREDITS_SHORTFALL_POLICY`: `record` notes credits used and no longer paid for; `lien` also
    refuses to spend below them.
    """
    return bool(_setting("CREDITS_SHORTFALL_POLICY", default="record") == "lien")


def hold_minutes() -> int:
    """Minutes after which a hold that nobody closed lets go by itself."""
    return int(_setting("CREDITS_HOLD_MINUTES", default=60))


def hold_longest_minutes() -> int:
    """Minutes that a hold may last from when it was placed, however often it is extended."""
    return int(_setting("CREDITS_HOLD_LONGEST_MINUTES", default=7 * 24 * 60))


def buy_url() -> str:
    """
    Where credits are bought: an address, or the name of one of the project's own; empty: nowhere.

    Pages that refuse for want of credits lead there.
    """
    return str(_setting("CREDITS_BUY_URL", default="") or "")


def adjustment_approval_above() -> int | None:
    """Credits above which an adjustment needs a second person; None: none does."""
    return _number_or_none("CREDITS_ADJUSTMENT_APPROVAL_ABOVE")


def signup_grant() -> int:
    """Credits that a new user has for nothing; 0: none."""
    return int(_setting("CREDITS_SIGNUP_GRANT", default=0))


def signup_valid_days() -> int:
    """Days that the credits of a new user last; 0: they never expire."""
    return int(_setting("CREDITS_SIGNUP_VALID_DAYS", default=0))


def signup_fingerprint_keys() -> Sequence[str]:
    """
    Secrets that sign the fingerprint of a mailbox, which has the sign-up credits once; empty: off.

    A string or several; the first signs, all are compared. See `docs/ledger.md`.
    """
    keys: str | Sequence[str] = _setting("CREDITS_SIGNUP_FINGERPRINT_KEYS", default=())
    if isinstance(keys, str):
        return [keys] if keys else []
    return keys


def monthly_allowance() -> int:
    """Credits for nothing that come with each month and expire with it; 0: none."""
    return int(_setting("CREDITS_MONTHLY_ALLOWANCE", default=0))


def low_balance() -> int | None:
    """Balance below which `balance_low` is sent once; None: never."""
    return _number_or_none("CREDITS_LOW_BALANCE")


def low_balance_recovered() -> int:
    """Balance that it must reach before it can be low again; by default twice the low one."""
    return int(_setting("CREDITS_LOW_BALANCE_RECOVERED", default=2 * (low_balance() or 0)))


def expiry_notice_days() -> Sequence[int]:
    """Days ahead at which `credits_expiring` is sent; empty: never."""
    days: Sequence[int] = _setting("CREDITS_EXPIRY_NOTICE_DAYS", default=(30, 7, 1))
    return days


def are_statements_prepared() -> bool:
    """Tell whether the hot path may prepare: not where a pooler loses it, nor under gevent."""
    return bool(_setting("CREDITS_PREPARED_STATEMENTS", default=True))


def _number_or_none(name: str) -> int | None:
    number: int | None = _setting(name, default=None)
    return number


def _setting(name: str, *, default: Any) -> Any:
    try:
        return _kept[name]
    except KeyError:
        return _kept.setdefault(name, setting(name, default=default))


def setting(name: str, *, default: Any) -> Any:
    """Read a setting as the project wrote it."""
    return getattr(settings, name, default)


@receiver(setting_changed)
def _let_go(**_values: Any) -> None:
    _kept.clear()
