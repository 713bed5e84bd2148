"""
How often a password may be tried.

Wrong ones are counted for an account and an address together, so that a stranger's mistakes do not
keep the owner out. All addresses together are only slowed down: somebody with many addresses tries
no faster than one a pause. A browser that has signed in to the account before counts by itself.
"""

import secrets
from typing import Final

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

APP: Final = "allauth.account"
# Wrong passwords of all addresses for one account, after which they are slowed down; then a pause.
ALL_ADDRESSES: Final = {"login_failed_anywhere": "20/5m/key"}
ONE_A_PAUSE: Final = {"login_slowed_down": "1/5s/key"}

COOKIE: Final = "known_browser"
COOKIE_DAYS: Final = 180


class TooManyAttempts(Exception):
    """A password may not be tried now."""


class SlowedDown(TooManyAttempts):
    """It may be in some seconds: many addresses are trying passwords of this account."""


def consume(request: HttpRequest, login: str) -> RateLimitUsage:
    """
    Count an attempt; one that succeeds is rolled back.

    :param login: what somebody says they are, in any case
    :raises TooManyAttempts: if it may not be made
    """
    login = login.strip().lower()
    browser = known_browser(request, login)
    usage = ratelimit.consume(
        request, app=APP, action="login_failed", key=counted_together(request, login)
    )
    if not usage:
        raise TooManyAttempts
    if not browser:
        everywhere = _count(request, ALL_ADDRESSES, login)
        if everywhere:
            usage.usage += everywhere.usage
        elif not _count(request, ONE_A_PAUSE, login):
            raise SlowedDown
    return usage


def counted_together(request: HttpRequest, login: str) -> str:
    """Name an account and whoever tries its password: a known browser, else an address."""
    browser = known_browser(request, login)
    return f"{login}:browser:{browser}" if browser else f"{login}:{ratelimit.get_ip(request)}"


def remember_browser(response: HttpResponse, login: str) -> None:
    """Let a browser that has signed in count by itself, with that account alone."""
    response.set_cookie(
        COOKIE,
        _signer(login).sign(secrets.token_urlsafe(12)),
        max_age=COOKIE_DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_browser(request: HttpRequest, login: str) -> str:
    """Give what a browser is known by that has signed in to an account before, or nothing."""
    try:
        return _signer(login).unsign(
            request.COOKIES.get(COOKIE, ""), max_age=COOKIE_DAYS * 24 * 3600
        )
    except BadSignature:
        return ""


def _count(request: HttpRequest, rates: dict[str, str], login: str) -> RateLimitUsage | None:
    [action] = rates
    counted: RateLimitUsage | None = ratelimit.consume(
        request, app=APP, action=action, config=rates, key=login
    )
    return counted


def _signer(login: str) -> TimestampSigner:
    # The account is part of the key, and not of the cookie, which names nobody.
    return TimestampSigner(salt=f"config.accounts.known_browser:{login}")
