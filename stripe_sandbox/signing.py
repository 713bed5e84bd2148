"""Stripe's signature scheme: docs.stripe.com/webhooks#verify-manually."""

import hashlib
import hmac
import json
import time

from stripe_sandbox.state.store import Object


def payload(event: Object) -> bytes:
    """Write the bytes that are sent; Stripe indents them by two."""
    return json.dumps(event, indent=2, ensure_ascii=False).encode()


def header(body: bytes, secret: str, *, at: int | None = None) -> str:
    """Sign a body as of a moment, by default now."""
    at = int(time.time()) if at is None else at
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def headers(body: bytes, secret: str, *, at: int | None = None) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": header(body, secret, at=at),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
