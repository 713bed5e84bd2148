"""
The addresses of version 1, each behind what every request must keep to.

What Django and ninja would answer by a page or a plain text is answered by a problem.
"""

import functools
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, re_path, reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from api import conf
from api.v1 import problems, refusing
from api.v1.problems import Problem
from api.v1.site import api

View = Callable[..., HttpResponseBase]
_HAVE_BODIES = {"POST", "PUT", "PATCH"}


def guarded(view: View, queries: Mapping[str, Collection[str]]) -> View:
    """
    Let a view see only requests that it can read, and answer the others by a problem.

    :param queries: the names that each method takes in its query
    """

    # A verb is a transaction of its own, and its answer says what was committed.
    @transaction.non_atomic_requests
    @csrf_exempt
    @functools.wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        names = queries.get(request.method or "")
        if names is None:
            return _not_allowed(request, ", ".join(queries))
        problem = _unreadable(request, names)
        return problems.answer(request, problem) if problem else view(request, *args, **kwargs)

    return guard


def _unreadable(request: HttpRequest, names: Collection[str]) -> Problem | None:
    try:
        unknown = request.GET.keys() - set(names) if request.META["QUERY_STRING"] else ()
    except TooManyFieldsSent:
        return refusing.invalid([{"field": "query", "message": "It has too many names."}])
    if unknown:
        return refusing.invalid(
            [{"field": name[:200], "message": "Unknown."} for name in sorted(unknown)]
        )
    if request.method not in _HAVE_BODIES:
        return None
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > conf.max_body_bytes():
        return refusing.too_large()
    if int(length) and request.content_type != "application/json":
        return Problem(
            "not_json_type",
            "Send `Content-Type: application/json`. Nothing was done.",
            headers={"Accept": "application/json"},
        )
    return None


def _not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    return problems.answer(
        request,
        Problem(
            "method_not_allowed",
            f"This address takes {allowed}. Nothing was done.",
            headers={"Allow": allowed},
        ),
    )


@csrf_exempt
def unknown_address(request: HttpRequest, rest: str) -> HttpResponse:
    return problems.answer(request, Problem("not_found", "There is nothing at this address."))


def document(request: HttpRequest) -> HttpResponse:
    """Serve the OpenAPI document."""
    return HttpResponse(written(), content_type="application/json")


@functools.cache
def written() -> str:
    """Write the OpenAPI document, the same every time."""
    return json.dumps(api.get_openapi_schema(path_prefix=reverse("api:root")), indent=2) + "\n"


def _addresses() -> list[URLPattern]:
    document = api.get_openapi_schema(path_prefix="/")
    patterns, _app_name, _namespace = api.urls
    found = [
        pattern
        for pattern in patterns
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    ]
    for pattern in found:
        route = str(pattern.pattern).replace("<", "{").replace(">", "}")
        pattern.callback = guarded(pattern.callback, _queries(document["paths"][f"/{route}"]))
    return found


def _queries(operations: Mapping[str, Any]) -> dict[str, set[str]]:
    """List by method which names an address takes in its query."""
    return {
        method.upper(): {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        for method, operation in operations.items()
    }


urlpatterns = [
    path("openapi.json", guarded(document, {"GET": ()}), name="document"),
    *_addresses(),
    path("", RedirectView.as_view(pattern_name="api:docs"), name="root"),
    re_path(r"^(?P<rest>[\s\S]*)\Z", unknown_address),  # a line break is no page either
]
