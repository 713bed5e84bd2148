"""
The only door to Stripe.

Every call takes what it needs as arguments, has a time limit and an idempotency key where it
writes, and is made outside any database transaction. Errors leave as one tree, `GatewayError`,
which says whether something may have happened at Stripe.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, cast
from uuid import uuid4

import stripe
from django.conf import settings

from .stripe_objects import CheckoutSession, DisputeObject, MalformedObject, RefundObject

SIGNATURE_TOLERANCE = 300  # seconds, before and after
PAGE = 100  # objects in one answer, the most that Stripe gives
API_VERSION: Final = stripe.api_version  # what the library was written for


class GatewayError(Exception):
    """A call to Stripe did not give what was asked for."""


class GatewayUnavailable(GatewayError):
    """Stripe did not answer, or not with an answer. What was asked may have happened there."""


class GatewayRefused(GatewayError):
    """Stripe said no, in words for a person. Nothing happened there."""

    def __init__(self, message: str, *, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class GatewayMissing(GatewayRefused):
    """Stripe has no such object, or not under this key."""


class SignatureInvalid(GatewayError):
    """A webhook body was not signed with a secret of ours, or too long ago, or in the future."""


@dataclass(frozen=True, kw_only=True)
class NewCheckoutSession:
    """What a Checkout Session is made from; equal for equal idempotency keys."""

    purchase_uuid: str
    user_id: int
    price_id: str
    customer_id: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    allow_promotion_codes: bool
    payment_method_types: tuple[str, ...]


def create_product(*, name: str, description: str, plan_id: int, idempotency_key: str) -> str:
    """Make a Product and return its id."""
    params: dict[str, Any] = {"name": name, "metadata": {"plan_id": str(plan_id)}}
    if description:
        params["description"] = description
    with _errors():
        product = _client(retries=1).v1.products.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": idempotency_key},
        )
    return product.id


def update_product(*, product_id: str, name: str, description: str) -> None:
    """Give a Product the name and words that the payment page shows."""
    with _errors():
        _client(retries=1).v1.products.update(
            product_id, params={"name": name, "description": description}
        )


def create_price(
    *, product_id: str, currency: str, unit_amount: int, plan_price_id: int, idempotency_key: str
) -> str:
    """Make a one-time Price and return its id; `unit_amount` in the currency's smallest unit."""
    with _errors():
        price = _client(retries=1).v1.prices.create(
            params={
                "product": product_id,
                "currency": currency,
                "unit_amount": unit_amount,
                "metadata": {"plan_price_id": str(plan_price_id)},
            },
            options={"idempotency_key": idempotency_key},
        )
    return price.id


def archive_price(*, price_id: str) -> None:
    """Take a Price off sale at Stripe. Doing it again changes nothing."""
    with _errors():
        _client(retries=1).v1.prices.update(price_id, params={"active": False})


def create_customer(*, user_id: int, email: str, idempotency_key: str) -> Mapping[str, Any]:
    """Make a Customer and return it as Stripe shows it."""
    with _errors():
        customer = _client().v1.customers.create(
            params={"email": email, "metadata": {"user_id": str(user_id)}},
            options={"idempotency_key": idempotency_key},
        )
    return customer.to_dict()


def delete_customer(customer_id: str) -> None:
    """Delete a Customer. Doing it again changes nothing."""
    with suppress(GatewayMissing), _errors():
        _client(retries=1).v1.customers.delete(customer_id)


def create_checkout_session(new: NewCheckoutSession) -> CheckoutSession:
    """Open Stripe's payment page for one purchase; its uuid is the idempotency key."""
    metadata = {
        "purchase_id": new.purchase_uuid,
        "user_id": str(new.user_id),
        "price_id": new.price_id,
    }
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"price": new.price_id, "quantity": 1}],
        "client_reference_id": new.purchase_uuid,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "customer": new.customer_id,
        "success_url": new.success_url,
        "cancel_url": new.cancel_url,
        "expires_at": int(new.expires_at.timestamp()),
    }
    if new.allow_promotion_codes:
        params["allow_promotion_codes"] = True
    if new.payment_method_types:
        params["payment_method_types"] = list(new.payment_method_types)
    with _errors():
        session = _client().v1.checkout.sessions.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": f"purchase:{new.purchase_uuid}"},
        )
        return CheckoutSession.read(session.to_dict())


def retrieve_checkout_session(session_id: str) -> CheckoutSession:
    with _errors():
        session = _client().v1.checkout.sessions.retrieve(session_id)
        return CheckoutSession.read(session.to_dict())


def read_object(kind: str, stripe_id: str, *, expand: tuple[str, ...] = ()) -> dict[str, Any]:
    """
    Fetch one object as Stripe shows it; `kind` is the name of its collection, such as `charges`.

    :raises GatewayMissing: if Stripe has no such object
    """
    params = {"expand": list(expand)} if expand else {}
    with _errors():
        found = getattr(_client().v1, kind).retrieve(stripe_id, params=params)
    return cast("dict[str, Any]", found.to_dict(for_json=True))


def undelivered_events(*, most: int = 100) -> list[dict[str, Any]]:
    """List events of the last 30 days that an endpoint has not taken yet, newest first."""
    with _errors():
        found = _client().v1.events.list(params={"delivery_success": False, "limit": most})
    return [event.to_dict(for_json=True) for event in found.data]


def webhook_endpoints() -> list[dict[str, Any]]:
    """List where Stripe delivers events to."""
    with _errors():
        found = _client().v1.webhook_endpoints.list(params={"limit": 100})
        return [one.to_dict(for_json=True) for one in found.auto_paging_iter()]


def create_webhook_endpoint(*, url: str, event_types: Sequence[str]) -> tuple[str, str]:
    """Have events delivered at this library's API version; return its id and, once, its secret."""
    params = {
        "url": url,
        "enabled_events": list(event_types),
        "api_version": API_VERSION,
        "description": "Credits",
    }
    with _errors():
        made = _client().v1.webhook_endpoints.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": str(uuid4())},
        )
    return made.id, made.secret or ""


def update_webhook_endpoint(endpoint_id: str, *, event_types: Sequence[str]) -> None:
    """Switch an endpoint on, for these types."""
    with _errors():
        _client(retries=1).v1.webhook_endpoints.update(
            endpoint_id,
            params={"enabled_events": list(event_types), "disabled": False},  # type: ignore[arg-type]
        )


def create_refund(*, payment_intent_id: str, unit_amount: int, refund_uuid: str) -> RefundObject:
    """Send money back; our Refund's uuid is the idempotency key and stands in the metadata."""
    with _errors():
        refund = _client().v1.refunds.create(
            params={
                "payment_intent": payment_intent_id,
                "amount": unit_amount,
                "reason": "requested_by_customer",
                "metadata": {"refund_id": refund_uuid},
            },
            options={"idempotency_key": f"refund:{refund_uuid}"},
        )
        return RefundObject.read(refund.to_dict())


def find_refund(*, payment_intent_id: str, refund_uuid: str) -> RefundObject | None:
    """Look for the refund that carries our uuid, where the answer to its creation was lost."""
    with _errors():
        found = _client(retries=1).v1.refunds.list(
            params={"payment_intent": payment_intent_id, "limit": 100}
        )
        for refund in found.auto_paging_iter():
            read = RefundObject.read(refund.to_dict())
            if read.refund_uuid == refund_uuid:
                return read
    return None


def retrieve_payment_status(payment_intent_id: str) -> str:
    """Tell a PaymentIntent's status: `processing` while a bank has not answered."""
    return str(_get(f"/v1/payment_intents/{payment_intent_id}").data["status"])


def retrieve_refund(refund_id: str) -> RefundObject:
    return RefundObject.read(_get(f"/v1/refunds/{refund_id}").data)


def retrieve_dispute(dispute_id: str) -> DisputeObject:
    answer = _get(f"/v1/disputes/{dispute_id}")
    return DisputeObject.read(answer.data, told_at=answer.at)


def list_checkout_sessions(*, since: datetime) -> Iterator[list[CheckoutSession]]:
    """List sessions by the page, newest first: none is kept longer than its page."""
    for page in _pages("/v1/checkout/sessions", since=since):
        yield [CheckoutSession.read(data) for data in page.data["data"]]


def list_refunds(*, since: datetime) -> Iterator[list[RefundObject]]:
    for page in _pages("/v1/refunds", since=since):
        yield [RefundObject.read(data) for data in page.data["data"]]


def list_disputes(*, since: datetime) -> Iterator[list[DisputeObject]]:
    for page in _pages("/v1/disputes", since=since):
        yield [DisputeObject.read(data, told_at=page.at) for data in page.data["data"]]


def list_events(*, since: datetime, types: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """List events of these types, at most 20, as a webhook would bring them; kept for 30 days."""
    for page in _pages("/v1/events", since=since, types=list(types)):
        yield page.data["data"]


def verify_signature(*, body: bytes, header: str) -> None:
    """
    Make sure that Stripe signed this body with one of our secrets, less than five minutes ago.

    The library's own tolerance looks back only, so both directions are checked here.

    :raises SignatureInvalid: if it did not
    """
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, SIGNATURE_TOLERANCE)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
            continue
        if _signed_at(header) - time.time() > SIGNATURE_TOLERANCE:
            raise SignatureInvalid("The timestamp is in the future.")
        return
    raise SignatureInvalid("No secret of ours made this signature.")


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What Stripe answered, and when by its own clock."""

    data: dict[str, Any]
    at: datetime


def _get(path: str, **params: Any) -> _Answer:
    """Read as plain JSON: the library's objects take several times as long to build."""
    with _errors():
        response = _client(retries=3).raw_request("get", path, **params)
    date = response.headers.get("Date")
    return _Answer(
        data=json.loads(response.body),
        at=parsedate_to_datetime(date) if date else datetime.now(tz=UTC),
    )


def _pages(path: str, *, since: datetime, **params: Any) -> Iterator[_Answer]:
    """Follow a list to its end, one page in memory at a time."""
    cursor: dict[str, str] = {}
    while True:
        page = _get(path, limit=PAGE, created={"gte": int(since.timestamp())}, **params, **cursor)
        yield page
        if not page.data["has_more"]:
            return
        cursor = {"starting_after": page.data["data"][-1]["id"]}


def _signed_at(header: str) -> int:
    return int(next(part[2:] for part in header.split(",") if part.startswith("t=")))


def _client(*, retries: int = 0) -> stripe.StripeClient:
    return _client_for(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT, retries
    )


@lru_cache(maxsize=8)
def _client_for(key: str, api_base: str, timeout: float, retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base} if api_base else None,
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=retries,
    )


@contextmanager
def _errors() -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise GatewayUnavailable(str(error)) from error
    except MalformedObject as error:
        raise GatewayUnavailable(f"Stripe's answer was not understood: {error}") from error
    except stripe.InvalidRequestError as error:
        if error.http_status == HTTPStatus.CONFLICT:  # the same key is being worked on
            raise GatewayUnavailable(str(error)) from error
        kind = GatewayMissing if error.code == "resource_missing" else GatewayRefused
        raise kind(
            error.user_message or str(error), code=error.code or "", param=error.param or ""
        ) from error
    except stripe.StripeError as error:
        raise GatewayRefused(error.user_message or str(error), code=error.code or "") from error
