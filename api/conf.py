"""
The settings of the API: what each is, and what it is where a project does not set it.

None is demanded. Each is looked up when it is first needed and then kept, as the ledger's are;
`override_settings`, and whatever else sends `setting_changed`, lets go of it.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

_kept: dict[str, Any] = {}


def requests_per_minute() -> int:
    """Give how many requests one client may make in a minute, with all its keys; 0: any number."""
    return int(_setting("API_REQUESTS_PER_MINUTE", default=6_000))


def max_body_bytes() -> int:
    """Give how many bytes the body of a request may have."""
    return int(_setting("API_MAX_BODY_BYTES", default=262_144))


def site_url() -> str:
    """Give the address at which services reach this site; empty: the one they asked at."""
    return str(_setting("SITE_URL", default="") or "").strip().rstrip("/")


# --- Outgoing webhooks ----------------------------------------------------------------------


def are_private_allowed() -> bool:
    """
    Tell whether webhooks may go to private addresses, and by http; by default only with DEBUG.

    Whoever may write an endpoint's address can then reach what this machine can.
    """
    return bool(_setting("API_WEBHOOK_PRIVATE_ADDRESSES", default=setting("DEBUG", default=False)))


def webhook_timeout() -> float:
    """Give the seconds that one delivery may take, from the look-up of the name on: 1 to 60."""
    return min(60.0, max(1.0, float(_setting("API_WEBHOOK_TIMEOUT", default=15.0))))


def webhook_mail_to() -> Sequence[str]:
    """
    List who is written to when an endpoint was switched off; by default those of `ADMINS`.

    A string with commas, or a list.
    """
    value = _setting("API_WEBHOOK_MAIL_TO", default="")
    addresses = value.split(",") if isinstance(value, str) else value
    named = [stripped for address in addresses if (stripped := str(address).strip())]
    return named or [
        admin if isinstance(admin, str) else admin[1] for admin in setting("ADMINS", default=())
    ]


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
