"""
The host's users, whatever their model: how to reach them, and whom Stripe knows them as.

Nothing here wants more of `settings.AUTH_USER_MODEL` than a primary key: the address is the field
that `EMAIL_FIELD` names, and a user model without one has nobody who can buy.
"""

from billing.users.addresses import (
    SeveralUsers,
    address,
    addresses,
    find,
    having,
    with_key,
)
from billing.users.changing import AddressTaken, change_address
from billing.users.languages import (
    choose_language,
    forget_language,
    known_language,
    language,
    note_language,
)
from billing.users.notifications import notifications, switch_notifications, wants
from billing.users.permissions import Staff
from billing.users.sessions import end_sessions
from billing.users.thresholds import choose_low_balance, low_balance, own_low_balance
from billing.users.verification import EmailNotVerified, is_verified, require_verified_email
from billing.users.zones import choose_time_zone, time_zone

__all__ = [
    "AddressTaken",
    "EmailNotVerified",
    "SeveralUsers",
    "Staff",
    "address",
    "addresses",
    "change_address",
    "choose_language",
    "choose_low_balance",
    "choose_time_zone",
    "end_sessions",
    "find",
    "forget_language",
    "having",
    "is_verified",
    "known_language",
    "language",
    "low_balance",
    "note_language",
    "notifications",
    "own_low_balance",
    "require_verified_email",
    "switch_notifications",
    "time_zone",
    "wants",
    "with_key",
]
