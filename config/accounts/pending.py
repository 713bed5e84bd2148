"""
Codes that wait to be entered end when the person's address changes.

allauth keeps a code in the session of whoever asked for it, who may be signed in nowhere. Whoever
reads the mail of the old address could still sign in, choose a password, or make that address the
person's again. So beside each code stands the address that the person had when it was made, and a
code of another time is forgotten before anything looks at it.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing import users

# Where in a session it stands, for which code a person had which address.
MADE_FOR: Final = "codes_made_for"


class Pending(NamedTuple):
    """A code that waits in a session, and whose it is."""

    key: str
    code: str
    user_key: str


def codes_end_with_their_address(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Forget codes of an address that is a person's no more: a middleware, after Django's own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Somebody without a cookie has none; asking would make the page theirs alone.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and _forget(request.session):
            messages.error(request, _("That code is good no more. Ask for a new one."))
        response = get_response(request)
        if request.session.modified:
            _note(request.session)
        return response

    return middleware


def _forget(session: SessionBase) -> bool:
    made_for: dict[str, list[str]] = session.get(MADE_FOR, {})
    gone = [
        pending.key
        for pending in _pending(session)
        if made_for.get(pending.key) != [pending.code, _address(pending)]
    ]
    for key in gone:
        del session[key]
    return bool(gone)


def _note(session: SessionBase) -> None:
    """Note each new code; what is noted of an older one is of the time at which that was made."""
    made_for: dict[str, list[str]] = session.get(MADE_FOR, {})
    noted = {
        pending.key: made_for[pending.key]
        if made_for.get(pending.key, [""])[0] == pending.code
        else [pending.code, _address(pending)]
        for pending in _pending(session)
    }
    if noted != made_for:
        session[MADE_FOR] = noted


def _pending(session: SessionBase) -> Iterator[Pending]:
    for key in (EMAIL_VERIFICATION_CODE_SESSION_KEY, PASSWORD_RESET_VERIFICATION_SESSION_KEY):
        state = session.get(key) or {}
        yield from _code(key, state)
    login: dict[str, Any] = session.get(LOGIN_SESSION_KEY) or {}
    for stage in (login.get("state") or {}).get("stages", {}).values():
        if isinstance(stage, dict):
            yield from _code(LOGIN_SESSION_KEY, stage.get("data") or {})


def _code(key: str, state: dict[str, Any]) -> Iterator[Pending]:
    if state.get("code") and state.get("user_id"):
        yield Pending(key=key, code=state["code"], user_key=state["user_id"])


def _address(pending: Pending) -> str:
    user = users.with_key(pending.user_key)
    return users.address(user).lower() if user else ""
