"""
Secrets and signatures, as Standard Webhooks has them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

BYTES: Final = 32  # the scheme asks for 24 to 64


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(
    *, webhook_id: str, body: str, signed_with: Iterable[str], at: datetime
) -> dict[str, str]:
    """
    Sign a body.

    :param signed_with: each secret that receivers may still check with
    :param at: the datetime of the attempt; receivers refuse what is older than some minutes
    """
    at = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(webhook_id, at, body) for secret in signed_with]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
