"""
Reading a webhook: whether it is Stripe's, recent, of this mode, and an event at all.

Nothing of this touches the database, and nothing that fails here leaves a trace in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, TypeGuard

from billing import conf, stripe_gateway
from billing.models import RefusedWebhooks
from billing.payloads import DEEPEST, object_of, storable
from billing.stripe_gateway.objects import read_timestamp

Reason = RefusedWebhooks.Reason

LARGEST_BODY = 512 * 1024  # bytes; Stripe's own events stay far below


class WebhookRefused(Exception):
    """Not an event that this site takes. `status` is the answer to give."""

    status = 400
    reason = Reason.NOT_AN_EVENT


class WebhookTooLarge(WebhookRefused):
    status = 413
    reason = Reason.TOO_LARGE


class WebhookSecretMissing(WebhookRefused):
    """No secret is configured, so nothing can be believed. Stripe should try again later."""

    status = 503
    reason = Reason.SECRET_MISSING


class WebhookUnsigned(WebhookRefused):
    reason = Reason.SIGNATURE_WRONG


class WebhookTooOld(WebhookRefused):
    """It was signed with our secret, by a clock that is not this machine's."""

    reason = Reason.SIGNATURE_OLD


class WebhookOfOtherMode(WebhookRefused):
    reason = Reason.OTHER_MODE


@dataclass(frozen=True, kw_only=True)
class IncomingEvent:
    """A signed event. `payload` is the whole of it, `object` what it tells of, as it was then."""

    id: str
    type: str
    livemode: bool
    api_version: str
    created_at: datetime | None
    payload: dict[str, Any]

    @property
    def object(self) -> Mapping[str, Any]:
        return object_of(self.payload)

    @property
    def is_foreign(self) -> bool:
        """
        Tell whether it is of another account at Stripe than this site's own.

        `account` is the connected account that an event is of, and stands in no event of one's own
        (https://docs.stripe.com/api/events/object#event_object-account). `context` says the same,
        and in an organization's event destination also which of its accounts; it may be a path
        that ends there (https://docs.stripe.com/context).
        """
        named = [self.payload.get("account"), self.payload.get("context")]
        return any(of and str(of).rpartition("/")[2] != conf.account() for of in named)


def read_event(*, body: bytes, signature: str) -> IncomingEvent:
    """
    Check and parse one body.

    :raises WebhookRefused: if it is not a recent event of our mode, signed by Stripe
    """
    if not conf.webhook_secrets():
        raise WebhookSecretMissing("STRIPE_WEBHOOK_SECRET is not set.")
    if len(body) > LARGEST_BODY:
        raise WebhookTooLarge(f"More than {LARGEST_BODY} bytes.")
    try:
        stripe_gateway.verify_signature(body=body, header=signature)
    except stripe_gateway.SignatureTooOld as error:
        raise WebhookTooOld(str(error)) from error
    except stripe_gateway.SignatureInvalid as error:
        raise WebhookUnsigned(str(error)) from error
    return event_of(_parse(body))


def event_of(payload: dict[str, Any]) -> IncomingEvent:
    """
    Read an event that came from Stripe, by webhook or by API.

    :raises WebhookRefused: if it is no event, or of the other mode
    """
    event_id, livemode = payload.get("id"), payload.get("livemode")
    event_type = payload.get("type")
    if not (_is_name(event_id) and _is_name(event_type) and isinstance(livemode, bool)):
        raise WebhookRefused("Not an event: it needs an id, a type and a mode.")
    if livemode != conf.livemode():
        raise WebhookOfOtherMode("This event is of the other mode, live or test.")
    api_version = payload.get("api_version")
    return IncomingEvent(
        id=event_id,
        type=event_type,
        livemode=livemode,
        api_version=api_version[:64] if isinstance(api_version, str) else "",
        created_at=read_timestamp(payload.get("created")),
        payload=payload,
    )


def _parse(body: bytes) -> dict[str, Any]:
    """Parse a body into something that PostgreSQL can store as it is."""
    try:
        payload = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
        if b"\\u" in body or body.count(b"[") + body.count(b"{") > DEEPEST:
            payload = storable(payload)
    except (ValueError, RecursionError) as error:
        raise WebhookRefused("Not JSON.") from error
    if not isinstance(payload, dict):
        raise WebhookRefused("Not a JSON object.")
    return payload


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= 255  # noqa: PLR2004 (column width)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"{text[:20]} is too large")
    return number
