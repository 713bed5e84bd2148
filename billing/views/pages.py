"""
What every page of billing shares: it is private, and it and its times are one person's.

The pages say UTC beside their times, whatever `TIME_ZONE` the project has, or write them in the
zone that the person has chosen.
"""

from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.users import note_language, zones
from credits.models import Account
from credits.templatetags import moments

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class SeeOther(HttpResponseRedirect):
    """After a form was sent, go there and only look."""

    status_code = 303


def private_page(view: View[P]) -> View[P]:
    """Show a page to people who are signed in, fresh each time, with times in their zone or UTC."""

    @never_cache
    @require_safe
    @login_required
    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        note_language(request)
        with timezone.override(UTC), moments.in_zone(zones.of_session(request)):
            return view(request, *args, **kwargs)

    return page


def person(request: HttpRequest) -> AbstractBaseUser:
    """
    Give the user, of whatever model, of a page that only people who are signed in see.

    :raises PermissionDenied: if nobody is signed in
    """
    user = request.user
    if not user.is_authenticated:
        raise PermissionDenied
    return user


def account_of(request: HttpRequest) -> Account | None:
    """Find the person's account; looking at a page opens none."""
    return Account.objects.filter(user_id=person(request).pk).first()
