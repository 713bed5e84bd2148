"""Who may see a page: people who are signed in, and to buy, those whose address is verified."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.decorators import verified_email_required as allauth_verification
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from billing.users import EmailNotVerified, require_verified_email

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


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
