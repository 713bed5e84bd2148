"""Whether Stripe signed a body."""

import time

import stripe

from billing import conf
from billing.stripe_gateway.problems import SignatureInvalid, SignatureTooOld

SIGNATURE_TOLERANCE = 300  # seconds, before and after


def verify_signature(*, body: bytes, header: str) -> None:
    """
    Make sure that Stripe signed this body with one of our secrets, less than five minutes ago.

    The library's own tolerance looks back only and cannot be told from a wrong secret, so the time
    is looked at here, once the signature is right.

    :raises SignatureInvalid: if it did not
    :raises SignatureTooOld: if it did at another time
    """
    for secret in conf.webhook_secrets():
        try:
            stripe.WebhookSignature.verify_header(body, header, secret)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
            continue
        _require_recent(header)
        return
    raise SignatureInvalid("No secret of ours made this signature.")


def _require_recent(header: str) -> None:
    age = time.time() - _signed_at(header)
    if abs(age) > SIGNATURE_TOLERANCE:
        direction = "behind" if age > 0 else "ahead of"
        raise SignatureTooOld(
            f"The signature is right, and its time is {abs(age):.0f} seconds {direction} this"
            f" host's clock; {SIGNATURE_TOLERANCE} are allowed. Is this host's clock right?"
        )


def _signed_at(header: str) -> int:
    return int(next(part[2:] for part in header.split(",") if part.startswith("t=")))
