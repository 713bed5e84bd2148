"""A person's account: language and time zone, what is kept of them, and the way out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from billing import conf, users
from billing.privacy import download, leaving
from billing.users import zones
from billing.views.pages import SeeOther, person, private_page
from credits.templatetags import moments


class ReadingForm(forms.Form):
    """In which language and zone somebody reads."""

    language = forms.ChoiceField(label=gettext_lazy("Language"))
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(name, name.replace("_", " ")) for name in sorted(zones.names())]
        self.fields["language"].choices = conf.languages()  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", _("That of the browser")),
            *places,
        ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponseBase:
    """Show the page, and take the language and the zone."""
    user = person(request)
    zone = users.time_zone(user)
    form = ReadingForm(
        request.POST or None,
        initial={"language": translation.get_language(), "time_zone": zone.key if zone else ""},
    )
    if request.method == "POST" and form.is_valid():
        return _take(request, form)
    users.note_language(request)
    with moments.in_zone(zone):
        context = {
            "form": form,
            "request_to_be_erased": leaving.asked(user),
            "may_leave": not getattr(user, "is_staff", False),
        }
        return render(request, "billing/account.html", context)


def _take(request: HttpRequest, form: ReadingForm) -> HttpResponse:
    code, zone = form.cleaned_data["language"], form.cleaned_data["time_zone"]
    users.choose_language(request, code)
    users.choose_time_zone(person(request), zone)
    request.session[zones.NOTED] = zone
    with translation.override(code):
        messages.success(request, _("Saved."))
    response = SeeOther(reverse("billing:account"))
    response.set_cookie(**conf.language_cookie(), value=code)
    return response


@private_page
def my_data(request: HttpRequest) -> StreamingHttpResponse:
    """Send what is kept of a person, while it is read."""
    return StreamingHttpResponse(
        download.document(person(request), at=timezone.now()),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@private_page
def leave(request: HttpRequest) -> HttpResponse:
    """Say what is lost, before somebody asks to be erased."""
    user = person(request)
    context = {
        "loss": leaving.loss(user),
        "days": conf.erasure_grace_days(),
        "may_leave": not getattr(user, "is_staff", False),
    }
    return render(request, "billing/leave.html", context)


@require_POST
@login_required
def ask_to_leave(request: HttpRequest) -> HttpResponse:
    try:
        leaving.ask(person(request))
    except leaving.StaffStay:
        messages.error(request, _("Staff accounts are not deleted here. Ask a colleague."))
    return SeeOther(reverse("billing:account"))


@require_POST
@login_required
def stay(request: HttpRequest) -> HttpResponse:
    if leaving.take_back(person(request)):
        messages.success(request, _("Your account stays."))
    return SeeOther(reverse("billing:account"))
