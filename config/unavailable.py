"""What people see while the database is away, or too busy: a page that needs none, and a 503."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from credits.availability import is_database_away

log = logging.getLogger(__name__)

RETRY_AFTER = 30  # seconds


class DatabaseUnavailableMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that could not reach the database; every other fault is not ours."""
        return answer_to(request, error)


def answer_to(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Answer for whoever could not reach the database; None to every other fault."""
    if not is_database_away(error):
        return None
    log.error("database_unavailable", extra={"path": request.path}, exc_info=error)
    return HttpResponse(
        render_to_string("503.html"),
        status=503,
        headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"},
    )
