"""One call: its time limit, its retries, and what its errors mean."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, TypeVar

import stripe

from billing import conf
from billing.stripe_gateway.objects import Decline, MalformedObject, PaymentIntent
from billing.stripe_gateway.problems import (
    GatewayDeclined,
    GatewayDenied,
    GatewayMissing,
    GatewayRefused,
    GatewayUnavailable,
)

PAGE = 100  # objects in one answer, the most that Stripe gives
T = TypeVar("T")

API_VERSION: Final = stripe.api_version  # what the library was written for


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Stripe answered, and when by its own clock."""

    data: dict[str, Any]
    at: datetime


def client(*, retries: int = 0) -> stripe.StripeClient:
    return _client_for(conf.secret_key(), conf.api_base(), conf.timeout(), retries)


@contextmanager
def errors() -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise GatewayUnavailable(str(error)) from error
    except MalformedObject as error:
        raise GatewayUnavailable(f"Stripe's answer was not understood: {error}") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise GatewayDenied(error.user_message or str(error), code=error.code or "") from error
    except stripe.CardError as error:
        raise declined(error) from error
    except stripe.InvalidRequestError as error:
        kind = GatewayMissing if error.code == "resource_missing" else GatewayRefused
        raise kind(
            error.user_message or str(error), code=error.code or "", param=error.param or ""
        ) from error
    except stripe.StripeError as error:
        raise GatewayRefused(error.user_message or str(error), code=error.code or "") from error


def declined(error: stripe.CardError) -> GatewayRefused:
    """
    Read a card's refusal, with the PaymentIntent that it left.

    https://docs.stripe.com/error-handling#payment-errors
    """
    body = error.json_body if isinstance(error.json_body, Mapping) else {}
    details = body.get("error")
    details = details if isinstance(details, Mapping) else {}
    intent = details.get("payment_intent")
    message = error.user_message or str(error)
    try:
        return GatewayDeclined(
            message,
            decline=Decline.read(details),
            intent=PaymentIntent.read(intent) if isinstance(intent, Mapping) else None,
        )
    except MalformedObject:
        return GatewayRefused(message, code=error.code or "")


def once(call: Callable[[], T]) -> T:
    """
    Make a call whose idempotency key another tab may be using just now; then wait for that one.

    Stripe answers 409 meanwhile, and the first call's answer afterwards:
    docs.stripe.com/api/idempotent_requests.
    """
    for seconds in (0.25, 0.5, 1.0):
        try:
            return call()
        except stripe.APIError as error:
            if error.http_status != HTTPStatus.CONFLICT:
                raise
            time.sleep(seconds)
    return call()


def key_for(name: str, params: Mapping[str, Any]) -> str:
    """
    Build an idempotency key: for what it is asked, and a digest of what is asked.

    Stripe refuses a key that comes with other parameters, and answers a known one with the answer
    of that time: docs.stripe.com/api/idempotent_requests. So another question has another key.
    """
    asked = json.dumps(params, sort_keys=True)
    return f"{name}:{sha256(asked.encode()).hexdigest()[:32]}"


def get(path: str, **params: Any) -> Answer:
    """Read as plain JSON: the library's objects take several times as long to build."""
    with errors():
        response = client(retries=3).raw_request("get", path, **params)
    date = response.headers.get("Date")
    return Answer(
        data=json.loads(response.body),
        at=parsedate_to_datetime(date) if date else datetime.now(tz=UTC),
    )


def pages(path: str, *, since: datetime, **params: Any) -> Iterator[Answer]:
    """Follow a list to its end, one page in memory at a time."""
    cursor: dict[str, str] = {}
    while True:
        page = get(path, limit=PAGE, created={"gte": int(since.timestamp())}, **params, **cursor)
        yield page
        if not page.data["has_more"]:
            return
        cursor = {"starting_after": page.data["data"][-1]["id"]}


@lru_cache(maxsize=8)
def _client_for(key: str, api_base: str, timeout: float, retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base} if api_base else None,
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=retries,
    )
