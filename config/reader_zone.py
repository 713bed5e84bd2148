"""The reader's time zone on the pages that are not billing's: allauth's, and the API keys."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from billing.users import zones
from credits.templatetags import moments

# Where such pages are: no other address pays for the question.
PAGES = ("/accounts/", "/api/keys/")


class ReaderZoneMiddleware:
    """Write times in the zone that who is signed in has chosen, as billing's own pages do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PAGES) or not request.user.is_authenticated:
            return self.get_response(request)
        with moments.in_zone(zones.of_session(request)):
            return self.get_response(request)
