"""
Keys that people make for their own account. They read, and nothing else.

A key is shown on the page that answers the form, and nowhere again.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from api import keys
from api.models import ApiKey
from credits.models import Account


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What you will know it by, such as the program that uses it."),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("key")
def own_keys(request: HttpRequest) -> HttpResponse:
    """List a person's keys, and make another one."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = Account.objects.for_user(_person(request))
        try:
            row, key = keys.make_own(
                name=form.cleaned_data["name"], account=account, by=_actor(request)
            )
        except keys.TooManyKeys:
            form.add_error(
                None,
                _("You have %(most)d keys. Revoke one before you make another.")
                % {"most": keys.MOST_OWN},
            )
        else:
            return render(request, "api/own_key_made.html", {"row": row, "key": key})
    mine = Account.objects.filter(user_id=_person(request).pk).first()
    shown = keys.own(mine).order_by("-pk") if mine else []
    return render(request, "api/own_keys.html", {"form": form, "keys": shown})


@require_POST
@login_required
def revoke_own_key(request: HttpRequest, prefix: str) -> HttpResponseRedirect:
    key = get_object_or_404(
        ApiKey, prefix=prefix, account__user_id=_person(request).pk, created_by__startswith="user:"
    )
    keys.revoke(key=key, by=_actor(request))
    messages.success(request, _("The key %(name)s opens nothing any more.") % {"name": key.name})
    return redirect(reverse("api:own_keys"))


def _person(request: HttpRequest) -> Any:
    return request.user


def _actor(request: HttpRequest) -> str:
    return f"user:{_person(request).pk}"
