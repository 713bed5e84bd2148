"""
What staff must show before the admin lets them in, and once more before they change anything.

A second factor, where `STAFF_SECOND_FACTOR` demands it. The password or the second factor again,
where neither was given within `STAFF_CONFIRM_MINUTES`: every form of the admin waits for it, so
no page that moves money or adjusts credits can be forgotten. And each log-in ends after
`STAFF_SESSION_HOURS`.
"""

import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal.httpkit import serialize_request
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from config import unavailable
from config.accounts import proofs

SIGNED_IN_AT: Final = "signed_in_at"
# A second factor; recovery codes come with one.
FACTORS: Final = {
    Authenticator.Type.TOTP: "mfa_reauthenticate",
    Authenticator.Type.WEBAUTHN: "mfa_reauthenticate_webauthn",
}


def demand(request: HttpRequest) -> HttpResponse | None:
    """Send staff where they show what is missing; None where nothing is."""
    if request.path == reverse("admin:logout"):
        return None
    if settings.STAFF_SECOND_FACTOR and not proofs.records(request, "mfa"):
        return _ask_for_factor(request)
    minutes = settings.STAFF_CONFIRM_MINUTES
    if request.method != "POST" or not minutes:
        return None
    return None if proofs.is_lately(request, seconds=minutes * 60) else _ask_again(request)


def factors(user: Any) -> list[str]:
    """List the kinds of second factor that somebody has."""
    found = Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)
    return sorted(found.values_list("type", flat=True))


def sessions_of_hours(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sign staff out some hours after they signed in: a middleware, after Django's own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Somebody without a cookie is nobody; asking would make the page theirs alone.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            try:
                if _is_over(request):
                    logout(request)
            except DatabaseError as error:
                if answer := unavailable.answer_to(request, error):
                    return answer
                raise
        return get_response(request)

    return middleware


@receiver(user_logged_in)
def note_log_in(request: HttpRequest, **_values: Any) -> None:
    request.session[SIGNED_IN_AT] = time.time()


@receiver(authenticator_added)
def note_factor(request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    """
    Count a factor as shown where it was set up: that took a code, or a touch, of it.

    With the first one all else that is signed in without any ends: a thief who has such a session,
    and the password, could add a factor of their own.
    """
    if authenticator.type not in FACTORS:
        return
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    if len(factors(user)) == 1:
        end_other_sessions(request, user)


def _is_over(request: HttpRequest) -> bool:
    if not getattr(request.user, "is_staff", False):
        return False
    began_at: float = request.session.get(SIGNED_IN_AT, 0)
    return time.time() - began_at >= settings.STAFF_SESSION_HOURS * 3600


def _ask_for_factor(request: HttpRequest) -> HttpResponse:
    theirs = factors(request.user)
    if not theirs:
        messages.warning(
            request,
            _("Staff need a second factor. Set one up here, then go on to the staff pages."),
        )
        return HttpResponseRedirect(reverse("mfa_index"))
    return _suspend(request, reverse(FACTORS[Authenticator.Type(theirs[0])]))


def _ask_again(request: HttpRequest) -> HttpResponse | None:
    ways = get_adapter().get_reauthentication_methods(request.user)
    # Who has neither a password nor a factor signs in with codes, and has nothing to show.
    return _suspend(request, ways[0]["url"]) if ways else None


def _suspend(request: HttpRequest, url: str) -> HttpResponse:
    """
    Ask first; what was sent is done afterwards, and as it was sent.

    But not a form with passwords: put aside, they would stand in the session as they are.
    """
    target = request.get_full_path()
    if request.method == "POST" and not any("password" in name for name in request.POST):
        state = {"request": serialize_request(request)}
        request.session[reauthentication.STATE_SESSION_KEY] = state
        target = request.path  # by which allauth finds what it has put aside, query and all
    return HttpResponseRedirect(f"{url}?{urlencode({'next': target})}")
