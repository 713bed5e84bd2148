"""
A number for each request: in its answer's header, on each line that it logs, and on error pages.

Somebody who reads a number from a page of ours leads whoever runs the site to the lines in the log.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

HEADER: Final = "X-Request-ID"
# What a proxy may call a request: nothing that would forge a line of a log, or fill it.
GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Give the number of the request that this thread answers; empty outside of one."""
    return _current.get()


@contextmanager
def during(number: str) -> Iterator[None]:
    """Let what is logged meanwhile pass for a part of this request; for a job that it asked for."""
    before = _current.set(number)
    try:
        yield
    finally:
        _current.reset(before)


def numbered(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Give each request a number, and say it in the answer: a middleware, the first of all."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _current.set(_given(request) or secrets.token_hex(8))
        response = get_response(request)
        response[HEADER] = current()
        return response

    return middleware


def _given(request: HttpRequest) -> str:
    """Take the number that our own proxy has given; a stranger's could be anybody's."""
    given = request.headers.get(HEADER, "") if settings.BEHIND_PROXY else ""
    return given if GIVEN.fullmatch(given) else ""


@receiver(request_finished)
def forget(**_values: object) -> None:
    """Let what a thread does afterwards, such as a job, not pass for a part of the request."""
    _current.set("")
