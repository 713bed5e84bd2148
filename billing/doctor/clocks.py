"""The clock of this machine, beside those of Stripe and of the database."""

import time
from collections.abc import Iterator
from typing import Final

from django.db import connection

from billing import stripe_gateway
from billing.doctor.findings import Finding

TOLERANCE: Final = 5  # seconds
NTP = "Set it, and keep it right by NTP (`timedatectl set-ntp true`)."


def beside_stripe() -> Iterator[Finding]:
    """
    Compare with the `Date` of an answer.

    :raises GatewayError: if Stripe did not answer
    """
    ahead = stripe_gateway.seconds_ahead()
    if ahead is None:
        return
    if abs(ahead) <= TOLERANCE:
        yield Finding.well("This machine's clock is right.")
        return
    yield Finding.wrong(
        f"This machine's clock is {_difference(ahead)} Stripe's.",
        f"{NTP} More than {stripe_gateway.SIGNATURE_TOLERANCE} seconds off, every webhook is"
        " refused; some minutes behind, Stripe refuses to open a payment page.",
    )


def beside_database() -> Iterator[Finding]:
    """Compare with PostgreSQL's: what expires is compared with both."""
    asked_at = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        [theirs] = cursor.fetchone()
    ahead = max(asked_at - theirs, 0) or min(time.time() - theirs, 0)
    if abs(ahead) > TOLERANCE:
        yield Finding.wrong(
            f"This machine's clock is {_difference(ahead)} the database's.",
            f"{NTP} The same on the machine of PostgreSQL: credits expire, and workers count as"
            " dead, by either clock.",
        )


def _difference(ahead: float) -> str:
    return f"{abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'}"
