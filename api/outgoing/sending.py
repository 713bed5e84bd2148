"""
One request to one receiver: never longer than its time once its name is known, and to nowhere else.

Looking the name up has no limit here, and counts: a request whose time is over by then is not sent.

It speaks to the very address that was looked up and checked, by TLS in the name of the host. It
follows no redirect, asks no proxy and reads no more than the beginning of the answer. Nothing here
knows the database.
"""

import http.client
import io
import logging
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any, Final
from urllib.parse import SplitResult, quote

from api import conf, wording
from api.outgoing import addresses
from api.outgoing.addresses import Address, AddressRefused

log = logging.getLogger(__name__)

EXCERPT: Final = 2_000  # bytes of an answer that are kept
CONNECT_TIMEOUT: Final = 5.0  # seconds for each address of a host
BODY_TIMEOUT: Final = 2.0  # seconds for the answer's body, once its status is known
GONE: Final = 410  # "the endpoint should be disabled", by Standard Webhooks


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is posted, and where."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: a status, or an error, a code of `wording`, that says why none came."""

    status: int | None = None
    error: str = ""
    excerpt: str = ""
    seconds: float

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


class OutOfTime(TimeoutError):
    """The receiver took too long."""


def post(request: Request) -> Answer:
    """Post once. Whatever a receiver does becomes an answer."""
    began = time.monotonic()
    deadline = began + conf.webhook_timeout()
    status, error, excerpt = None, "", ""
    try:
        status, excerpt = _exchange(request, deadline)
    except (AddressRefused, OutOfTime) as refused:
        error = str(refused)
    except TimeoutError:
        error = wording.code("no_answer")
    except ssl.SSLError as failed:
        error = wording.code("tls", message=getattr(failed, "verify_message", "") or failed.reason)
    except socket.gaierror as failed:
        error = wording.code("not_resolved", message=failed.strerror)
    except (OSError, http.client.HTTPException, ValueError) as failed:
        error = wording.code("failed", type=type(failed).__name__, message=str(failed)[:120])
    except Exception as failed:
        log.exception("webhook_not_sent")
        error = type(failed).__name__
    return Answer(
        status=status,
        error=" ".join(error.replace("\0", "").split())[:200],
        excerpt=excerpt,
        seconds=time.monotonic() - began,
    )


def _exchange(request: Request, deadline: float) -> tuple[int, str]:
    parts = addresses.read(request.url)
    host, port = addresses.host_of(parts), addresses.port_of(parts)
    found = addresses.resolve(host, port)
    with _connect(found, port, deadline) as plain:
        sock = plain
        if parts.scheme == "https":
            plain.settimeout(_left(deadline))
            # The certificate is the host's, whichever of its addresses answers.
            sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        with sock:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = timed = _Timed(sock, deadline)
            target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
            if parts.query:
                target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
            connection.request(
                "POST",
                target,
                body=request.body,
                headers={**request.headers, "Host": _host_header(parts), "Connection": "close"},
            )
            response = connection.getresponse()
            return response.status, _excerpt(response, timed)


def _host_header(parts: SplitResult) -> str:
    host = addresses.host_of(parts)
    named = f"[{host}]" if ":" in host else host
    return f"{named}:{parts.port}" if parts.port else named


def _connect(found: Sequence[Address], port: int, deadline: float) -> socket.socket:
    """Connect to the first address that answers; they were all checked."""
    error: OSError = OutOfTime(wording.code("no_answer"))
    for address in found:
        try:
            return _connect_to(address, port, min(CONNECT_TIMEOUT, _left(deadline)))
        except OutOfTime:
            raise
        except OSError as failed:
            error = failed
    raise error


def _connect_to(address: Address, port: int, timeout: float) -> socket.socket:
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect((str(address), port))
    except BaseException:
        sock.close()
        raise
    return sock


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise OutOfTime(wording.code("no_answer"))
    return left


def _excerpt(response: http.client.HTTPResponse, sock: "_Timed") -> str:
    """Read the beginning of a body; the status has said what matters."""
    sock.shorten(BODY_TIMEOUT)
    try:
        body = response.read(EXCERPT)
    except (OSError, http.client.HTTPException, ValueError):
        body = b""
    return body.decode(errors="replace").replace("\0", "\ufffd")


class _Timed:
    """A socket that is done by a deadline, however slowly the other end writes."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def shorten(self, seconds: float) -> None:
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self))

    def close(self) -> None:
        """Whoever opened the socket closes it."""


class _Stream(io.RawIOBase):
    def __init__(self, sock: _Timed) -> None:
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._sock.recv_into(buffer)
