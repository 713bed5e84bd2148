"""
Delivering an event: over HTTP to the site that runs, or else within this process.

Both go through the webhook's real view with a really signed body.
"""

from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Protocol
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse

from billing import conf
from stripe_sandbox import signing
from stripe_sandbox.client import Object

PATIENCE = 30.0  # seconds for an answer


@dataclass(frozen=True)
class Answer:
    status: int
    message: str


class Poster(Protocol):
    name: str

    def post(self, event: Object) -> Answer: ...


def choose() -> Poster:
    """Take the running site where one answers on SITE_URL."""
    site = urlsplit(conf.site_url())
    connection = HTTPConnection(site.hostname or "localhost", site.port or 80, timeout=2)
    try:
        connection.connect()
    except OSError:
        return InProcess()
    finally:
        connection.close()
    return OverHttp()


class OverHttp:
    """The running site, as Stripe reaches it."""

    name = "the running site"

    def post(self, event: Object) -> Answer:
        site = urlsplit(conf.site_url())
        body = signing.payload(event)
        connection = HTTPConnection(site.netloc, timeout=PATIENCE)
        try:
            connection.request("POST", _path(), body, _headers(body))
            response = connection.getresponse()
            return Answer(response.status, response.read(200).decode(errors="replace").strip())
        finally:
            connection.close()


class InProcess:
    """The site's own view, called in this process: for when no site runs."""

    name = "this process, as no site runs"

    def __init__(self) -> None:
        self.client = Client(
            raise_request_exception=False, SERVER_NAME=urlsplit(conf.site_url()).hostname or ""
        )

    def post(self, event: Object) -> Answer:
        body = signing.payload(event)
        response = self.client.post(
            _path(), body, content_type="application/json", headers=_headers(body)
        )
        return Answer(response.status_code, response.content.decode(errors="replace").strip())


def _path() -> str:
    return reverse("billing:stripe_webhook")


def _headers(body: bytes) -> dict[str, str]:
    return signing.headers(body, conf.webhook_secrets()[0])
