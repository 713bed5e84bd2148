"""Which mails somebody gets: a page of switches, and the link of a mail that switches one off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from billing import conf, users
from billing.mails import unsubscribing
from billing.models import OutgoingMail
from billing.users import note_language
from billing.views.forms import LowBalanceForm
from billing.views.pages import SeeOther, person

Kind = OutgoingMail.Kind


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notifications(request: HttpRequest) -> HttpResponseBase:
    """Show the switches, and set them all as the form says."""
    note_language(request)
    user = person(request)
    form = LowBalanceForm(
        request.POST if request.method == "POST" else None,
        initial={"low_balance": users.own_low_balance(user)},
    )
    if form.is_valid():
        wanted = {kind.value: kind in request.POST for kind in OutgoingMail.SWITCHED}
        users.switch_notifications(user, wanted)
        if form.has_changed():
            users.choose_low_balance(user, form.cleaned_data["low_balance"])
        messages.success(request, _("Saved."))
        return SeeOther(reverse("billing:notifications"))
    switches = users.notifications(user)
    off = conf.mails_off()
    context = {
        "switches": [(Kind(kind), is_on) for kind, is_on in switches.items() if kind not in off],
        "always": [kind for kind in Kind if kind not in switches and kind not in off],
        "address": users.address(user),
        "form": form,
    }
    status = 400 if form.is_bound else 200
    return render(request, "billing/notifications.html", context, status=status)


@csrf_exempt  # a mail program has no cookie of ours; the link itself is signed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """
    Switch one kind of mail off by a POST, as RFC 8058 has it: a GET, as of a virus scanner, asks.

    :raises Http404: if nobody here made the link
    """
    try:
        link = unsubscribing.read(token)
    except unsubscribing.BadLink as error:
        raise Http404 from error
    is_done = request.method == "POST"
    if is_done and link.user is not None:
        users.switch_notifications(link.user, {link.kind: False})
    with translation.override(_language(link)):
        return render(request, "billing/unsubscribe.html", {"kind": link.kind, "is_done": is_done})


def _language(link: unsubscribing.Link) -> str | None:
    return users.language(link.user) if link.user else translation.get_language()
