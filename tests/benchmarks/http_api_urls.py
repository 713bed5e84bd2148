"""The site's addresses, and empty views to compare with: each asks who it is, and does nothing."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from api.v1 import access


def of_a_key(request: HttpRequest) -> HttpResponse:
    """Whoever has an API key, found as the API finds it."""
    access.SPEND(request)
    return HttpResponse("")


@login_required
def of_a_session(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in, as on any Django site: a session and a user are read."""
    return HttpResponse("")


urlpatterns = [
    path("empty/key/", of_a_key),
    path("empty/session/", of_a_session),
    path("", include("config.urls")),
]
