"""Who may see a page: people who are signed in, and to buy, those whose address is verified."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from billing.users import EmailNotVerified, require_verified_email

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def verified_email_required(view: View[P]) -> View[P]:
    """
    Let people with a verified address pass; each of the others learns what to do.

    Who is not signed in goes to `LOGIN_URL`. Who is not verified goes to allauth's pages where
    `allauth.account` is installed, else sees `billing/email_not_verified.html`.
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            require_verified_email(request.user)
        except EmailNotVerified as error:
            return ask_for_proof(request, email=error.email)
        return view(request, *args, **kwargs)

    return guarded


def ask_for_proof(request: HttpRequest, *, email: str) -> HttpResponseBase:
    """Tell somebody whose address is not verified what to do."""
    if apps.is_installed("allauth.account"):
        messages.warning(
            request, _("Confirm your e-mail address first, then you can have credits.")
        )
        return _let_allauth_ask(request)
    return render(request, "billing/email_not_verified.html", {"email": email}, status=403)


def _let_allauth_ask(request: HttpRequest) -> HttpResponseBase:
    """Send a code to an address that was never verified; else lead to the page of addresses."""
    from allauth.account.decorators import verified_email_required  # noqa: PLC0415

    @verified_email_required  # type: ignore[untyped-decorator]
    def choose_address(request: HttpRequest) -> HttpResponseBase:
        # Some other address is verified: the person says which one is theirs now.
        return redirect("account_email")

    response: HttpResponseBase = choose_address(request)
    return response
