"""A visit to the sandbox's pages without a browser: one request, its answer as it is."""

import contextlib
import http.client
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def location(self) -> str:
        return self.headers["Location"]


def visit(sandbox, path, *, form=None, headers=None):
    """GET a path, or POST a form to it; redirects are not followed."""
    url = urlsplit(sandbox.base_url)
    connection = http.client.HTTPConnection(url.netloc, timeout=20)
    with contextlib.closing(connection):
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        body = None if form is None else urlencode(form)
        connection.request("GET" if form is None else "POST", path, body, sent)
        response = connection.getresponse()
        text = response.read().decode()
        return Answer(response.status, text, dict(response.getheaders()))
