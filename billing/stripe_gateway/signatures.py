"""Whether Stripe signed a body."""

import time

import stripe

from billing import conf
from billing.stripe_gateway.problems import SignatureInvalid

SIGNATURE_TOLERANCE = 300  # seconds, before and after


def verify_signature(*, body: bytes, header: str) -> None:
    """
    Make sure that Stripe signed this body with one of our secrets, less than five minutes ago.

    The library's own tolerance looks back only, so both directions are checked here.

    :raises SignatureInvalid: if it did not
    """
    for secret in conf.webhook_secrets():
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, SIGNATURE_TOLERANCE)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
            continue
        if _signed_at(header) - time.time() > SIGNATURE_TOLERANCE:
            raise SignatureInvalid("The timestamp is in the future.")
        return
    raise SignatureInvalid("No secret of ours made this signature.")


def _signed_at(header: str) -> int:
    return int(next(part[2:] for part in header.split(",") if part.startswith("t=")))
