"""Who may buy: a person whose e-mail address of today is proven to be theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.decorators import verified_email_required as allauth_verification
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class EmailNotVerified(Exception):
    """The user has not shown that the e-mail address they use now is theirs."""

    def __init__(self, *, email: str) -> None:
        super().__init__(f"{email or 'No e-mail address'} is not verified.")
        self.email = email


def require_verified_email(user: AbstractBaseUser | AnonymousUser) -> None:
    """
    Let only a user pass whose current e-mail address is verified.

    Current is the address on the user itself, where receipts and warnings go. An older address
    that was verified once does not count, and neither does a user who was switched off.

    :raises EmailNotVerified: if it is not
    """
    email = getattr(user, "email", "")
    if (
        not user.is_active
        or not email
        or not EmailAddress.objects.filter(
            user_id=user.pk, email__iexact=email, verified=True
        ).exists()
    ):
        raise EmailNotVerified(email=email)


def verified_email_required(view: View[P]) -> View[P]:
    """Send the anonymous to log in and the unverified to prove their address, with words."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            require_verified_email(request.user)
        except EmailNotVerified:
            return _ask_for_proof(request)
        return view(request, *args, **kwargs)

    return guarded


def _ask_for_proof(request: HttpRequest) -> HttpResponseBase:
    messages.warning(request, _("Confirm your e-mail address first, then you can buy credits."))

    @allauth_verification  # type: ignore[untyped-decorator]
    def choose_address(request: HttpRequest) -> HttpResponseBase:
        # Some other address is verified: the person says which one is theirs now.
        return redirect("account_email")

    response: HttpResponseBase = choose_address(request)
    return response
