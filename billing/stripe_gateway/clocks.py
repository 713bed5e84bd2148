"""The clock of this host beside Stripe's, which stands in each of its answers."""

import time
from email.utils import parsedate_to_datetime

from billing.stripe_gateway.calling import client, errors


def seconds_ahead() -> float | None:
    """
    Tell how many seconds this host's clock is ahead of Stripe's; negative: behind.

    The header `Date` has whole seconds, of some moment while we waited: what these explain does not
    count. None: the answer has no such header.

    :raises GatewayError: if Stripe did not answer
    """
    asked_at = time.time()
    with errors():
        response = client().raw_request("get", "/v1/webhook_endpoints", limit=1)
    answered_at = time.time()
    try:
        stripes = parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None
    if asked_at > stripes + 1:
        return asked_at - stripes - 1
    return min(answered_at - stripes, 0.0)
