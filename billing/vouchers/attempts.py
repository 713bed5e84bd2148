"""
How often somebody may try: so many times an hour for a person, more for an address.

Counted in the database, in one statement and before the attempt: many at once cannot overtake the
count, several web processes share it, and a cache that is away opens no door. Hours are whole ones.
What is stored tells neither the person nor the address to anybody without `SECRET_KEY`.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from billing.models import AttemptCount

HOUR: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=1)

COUNT: Final = """
    INSERT INTO billing_attemptcount AS counted (subject, started_at, attempts)
    VALUES (%s, %s, 1)
    ON CONFLICT (subject, started_at) DO UPDATE SET attempts = counted.attempts + 1
    RETURNING attempts
"""


class TooManyAttempts(Exception):
    """As many attempts as anyone has in an hour were made. Nothing was looked at."""

    def __init__(self, *, retry_at: datetime) -> None:
        super().__init__(f"Too many attempts; try again at {retry_at}.")
        self.retry_at = retry_at


def count(*, what: str, by: str, most: int, at: datetime | None = None) -> None:
    """
    Count one attempt, and let it pass if it is among the first of the hour.

    :param what: such as `voucher`
    :param by: such as `user:12`, or what `network` makes of an address
    :raises TooManyAttempts: if `most` were made before
    """
    now = at or timezone.now()
    started_at = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [_subject(what, by), started_at])
        (attempts,) = cursor.fetchone()
    if attempts > most:
        raise TooManyAttempts(retry_at=started_at + HOUR)


def network(address: str) -> str:
    """
    Name what one subscriber has: an IPv4 address, or the /64 that an IPv6 address is of.

    https://www.rfc-editor.org/rfc/rfc6177, section 2
    """
    parsed = ip_address(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network((parsed, 64 if isinstance(parsed, IPv6Address) else 32), strict=False))


def prune(*, at: datetime) -> int:
    """Forget hours that are over; return how many rows."""
    return AttemptCount.objects.filter(started_at__lt=at - KEPT).delete()[0]


def _subject(what: str, by: str) -> str:
    return salted_hmac("billing.attempts", f"{what}:{by}", algorithm="sha256").hexdigest()
