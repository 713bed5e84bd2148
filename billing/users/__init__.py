"""
The host's users, whatever their model: how to reach them, and whom Stripe knows them as.

Nothing here wants more of `settings.AUTH_USER_MODEL` than a primary key: the address is the field
that `EMAIL_FIELD` names, and a user model without one has nobody who can buy.
"""

from billing.users.addresses import SeveralUsers, address, addresses, find, language, with_key
from billing.users.permissions import Staff
from billing.users.verification import EmailNotVerified, is_verified, require_verified_email

__all__ = [
    "EmailNotVerified",
    "SeveralUsers",
    "Staff",
    "address",
    "addresses",
    "find",
    "is_verified",
    "language",
    "require_verified_email",
    "with_key",
]
