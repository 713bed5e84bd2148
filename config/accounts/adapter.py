"""What allauth asks of the site."""

from typing import Any, Final

from allauth.account import app_settings
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from billing import users
from config.accounts import limits, proofs
from config.accounts.mails import QueueingAdapter

CONFIRMED: Final = "account/messages/email_confirmed.txt"


class AccountAdapter(QueueingAdapter):
    error_messages = {
        **QueueingAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many failed attempts. Try again in some minutes, or have a code sent to you."
        ),
        "slowed_down": _(
            "Somebody is trying many passwords for this account. Try again in some seconds, or "
            "have a code sent to you."
        ),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            self._login_failed_rl_usage = limits.consume(request, _login(credentials))
        except limits.SlowedDown:
            raise self.validation_error("slowed_down") from None
        except limits.TooManyAttempts:
            raise self.validation_error("too_many_login_attempts") from None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Name what a password reset sets back."""
        return limits.counted_together(request, _login(credentials))

    def post_login(self, request: HttpRequest, user: Any, **values: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **values)
        limits.remember_browser(response, users.address(user).lower())
        is_new_browser = settings.LANGUAGE_COOKIE_NAME not in request.COOKIES
        if is_new_browser and (language := users.known_language(user)):
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language)
        return response

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *arguments: Any,
        **values: Any,
    ) -> None:
        """Say it once: that somebody is signed in says that their address is confirmed."""
        if message_template != CONFIRMED or request.user.is_authenticated:
            super().add_message(request, level, message_template, *arguments, **values)

    def is_reauthentication_required(self, *, app: str, **values: Any) -> bool:
        """Ask nobody for a password who has just given it to sign in."""
        lately = proofs.is_lately(context.request, seconds=app_settings.REAUTHENTICATION_TIMEOUT)
        return super().is_reauthentication_required(app=app, **values) and not lately

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead staff to the admin, and everybody else to their credits."""
        if request.user.is_staff:
            return resolve_url("admin:index")
        url: str = super().get_login_redirect_url(request)
        return url


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "").strip().lower()
