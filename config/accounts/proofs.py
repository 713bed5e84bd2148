"""What somebody has shown in this session to prove that it is they."""

import time
from typing import Any, Final

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest

PROOFS: Final = ("password", "mfa")


def records(request: HttpRequest, *methods: str) -> list[dict[str, Any]]:
    """List what was shown, of some methods: `password`, `mfa`, `code`."""
    shown = get_authentication_records(request, request.user)
    return [record for record in shown if record["method"] in methods]


def is_lately(request: HttpRequest, *, seconds: float) -> bool:
    """Tell whether a password or a second factor was given so lately."""
    given = [record["at"] for record in records(request, *PROOFS)]
    return bool(given) and time.time() - max(given) < seconds
