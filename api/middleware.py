"""
A short way for programs: `/api/v1/` is answered before the middleware that only people need.

Sessions, languages, messages and cookies mean nothing to a service with a key, and cost more than
finding the key does. Put it behind what every answer needs, such as Django's SecurityMiddleware; a
project without it serves the API all the same.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, resolve, reverse

Answer = Callable[[HttpRequest], HttpResponseBase]


def short_way(get_response: Answer) -> Answer:
    """Answer the API's addresses at once, and pass on all others."""
    try:
        root = reverse("api:root")
    except NoReverseMatch:
        return get_response

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(root):
            return get_response(request)
        request.resolver_match = match = resolve(request.path_info)
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if not answer.streaming:
            answer.headers["Content-Length"] = str(len(answer.content))  # type: ignore[attr-defined]
        return answer

    return middleware
