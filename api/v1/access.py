"""Who may ask what: the key that a request carries, its scopes, its account, and how often."""

import logging
from typing import Any, Final

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from ninja.security.base import AuthBase

from api import conf, keys
from api.keys import Caller, ExpiredKey, KeyRefused, RevokedKey
from api.models import Scope
from api.v1.problems import Problem
from credits.models import Account

log = logging.getLogger(__name__)

MINUTE: Final = 60


class Key(AuthBase):
    """Lets a request pass whose `Authorization: Bearer ck_…` has a scope."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: Scope) -> None:
        self.scope = scope.value
        super().__init__()

    @sensitive_variables("given", "text")
    def __call__(self, request: HttpRequest) -> Caller:
        """
        Find the caller.

        :raises Problem: if the key opens nothing, lacks the scope, or asks too often
        """
        scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise _unauthorized("Send a key: `Authorization: Bearer ck_...`.", error="")
        try:
            caller = keys.find(text.strip())
        except KeyRefused as refused:
            raise _unauthorized(_reason(refused), error="invalid_token") from None
        _count(caller)
        if self.scope not in caller.scopes:
            raise Problem(
                "missing_scope",
                f"This needs a key with the scope `{self.scope}`. Nothing was done.",
                scope=self.scope,
                headers={
                    "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{self.scope}"'
                },
            )
        return caller


READ: Final = Key(Scope.READ)
SPEND: Final = Key(Scope.SPEND)
HOLD: Final = Key(Scope.HOLD)
GRANT: Final = Key(Scope.GRANT)


def account_of(caller: Caller, number: int | None) -> Account:
    """
    Tell which account a request is about. Whether it is there, the ledger will say.

    :param number: what the request names; None for the key's own
    :raises Problem: if the key is for another one, or for all and none was named
    """
    own = caller.account_id
    if own is None and number is None:
        raise Problem(
            "invalid_request",
            "This key is for all accounts: name one.",
            errors=[{"field": "account", "message": "Name an account."}],
        )
    if own is not None and number not in {None, own}:
        raise Problem("wrong_account", f"This key is for account {own} alone. Nothing was done.")
    return Account(pk=own if own is not None else number)


def _reason(refused: KeyRefused) -> str:
    if isinstance(refused, RevokedKey):
        return "This key was revoked."
    if isinstance(refused, ExpiredKey):
        return "This key has expired."
    return "There is no such key."


def _unauthorized(detail: str, *, error: str) -> Problem:
    challenge = 'Bearer realm="credits"' + (f', error="{error}"' if error else "")
    return Problem("invalid_key", detail, headers={"WWW-Authenticate": challenge})


def _count(caller: Caller) -> None:
    """
    Count a request of a client in this minute: a new key is no new limit.

    :raises Problem: if there were too many
    """
    most = conf.requests_per_minute()
    if not most:
        return
    now = int(timezone.now().timestamp())
    try:
        made = _made(f"api:{caller.client}:{now // MINUTE}")
    except Exception:  # each cache raises errors of its own; without one nobody is kept out
        log.exception("cache_unavailable")
        return
    if made > most:
        wait = MINUTE - now % MINUTE
        raise Problem(
            "too_many_requests",
            f"A client may ask {most} times a minute, with all its keys together. Nothing was done:"
            f" wait {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )


def _made(name: str) -> int:
    try:
        return int(cache.incr(name))
    except ValueError:  # the first of this minute
        cache.add(name, 0, timeout=2 * MINUTE)
        return int(cache.incr(name))


def caller_of(request: Any) -> Caller:
    """Give who asks; ninja keeps it in a place that Django's request does not have."""
    caller: Caller = request.auth
    return caller
