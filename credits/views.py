"""The page for somebody who has too few credits: HTTP 402, with where to buy."""

from urllib.parse import urlencode, urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _

from credits import conf
from credits.errors import InsufficientCredits


def payment_required(
    request: HttpRequest, error: InsufficientCredits, *, operation: str = ""
) -> HttpResponse:
    """
    Say what something costs, what there is, and where to buy more.

    Programs, which do not ask for HTML, have it as problem details (RFC 9457).

    :param operation: what it is called, as people read it
    """
    buy_url = request.build_absolute_uri(resolve_url(conf.buy_url())) if conf.buy_url() else ""
    if not request.accepts("text/html"):
        return JsonResponse(
            {
                "type": "about:blank",
                "title": _("Too few credits"),
                "status": 402,
                "requested": error.requested,
                "available": error.available,
                "buy_url": buy_url,
            },
            status=402,
            content_type="application/problem+json",
        )
    if buy_url:
        buy_url = _with_the_way_back(request, buy_url)
    return render(
        request,
        "credits/payment_required.html",
        {
            "operation": operation,
            "cost": error.requested,
            "balance": error.available,
            "buy_url": buy_url,
        },
        status=402,
    )


def _with_the_way_back(request: HttpRequest, buy_url: str) -> str:
    """Name the page that wanted the credits to one of this site's, unless it was a form's."""
    parts = urlsplit(buy_url)
    if request.method != "GET" or parts.netloc != request.get_host() or parts.query:
        return buy_url
    return f"{buy_url}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}"
