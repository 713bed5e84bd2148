"""
What the API answers when it does not do what it was asked: `application/problem+json`, RFC 9457.

`code` is what a program looks at, `detail` what a person reads. Where money or credits could be in
doubt, `detail` says whether anything happened.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from api import conf

MEDIA_TYPE: Final = "application/problem+json"
# Seconds after which a request is worth repeating while the database is away.
RETRY_AFTER: Final = 5


class Kind(NamedTuple):
    """A kind of problem: its status, and what every one of it says."""

    status: int
    title: str


KINDS: Final[Mapping[str, Kind]] = {
    "not_json": Kind(400, "The body is not JSON."),
    "invalid_key": Kind(401, "The API key opens nothing."),
    "insufficient_credits": Kind(402, "There are too few credits."),
    "missing_scope": Kind(403, "The API key may not do this."),
    "wrong_account": Kind(403, "The API key is for another account."),
    "not_found": Kind(404, "There is no such thing."),
    "unknown_operation": Kind(404, "The price list has no such operation."),
    "method_not_allowed": Kind(405, "This address does not take this method."),
    "key_reused": Kind(409, "The Idempotency-Key was used for something else."),
    "nothing_to_give_back": Kind(409, "So many credits cannot be given back."),
    "hold_closed": Kind(409, "The hold is closed."),
    "body_too_large": Kind(413, "The body is too large."),
    "not_json_type": Kind(415, "The Content-Type is not application/json."),
    "invalid_request": Kind(422, "The request breaks a rule."),
    "too_many_requests": Kind(429, "The client asks too often."),
    "failed": Kind(500, "The site failed."),
    "unavailable": Kind(503, "The site cannot answer now."),
}

STATUSES: Final = {kind.status for kind in KINDS.values()}


class Problem(Exception):
    """Something that the API does not do. `more` stands beside the usual members."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.more = more
        super().__init__(f"{code}: {detail}")


def content(request: HttpRequest, problem: Problem) -> dict[str, Any]:
    """Write a problem as the members of its JSON object."""
    kind = KINDS[problem.code]
    return {
        "type": f"{address(request, reverse('api:docs'))}#{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.more,
    }


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    return HttpResponse(
        json.dumps(content(request, problem)),
        status=KINDS[problem.code].status,
        content_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def address(request: HttpRequest, path: str) -> str:
    """Give the whole address of a path of this site."""
    return f"{conf.site_url()}{path}" if conf.site_url() else request.build_absolute_uri(path)
