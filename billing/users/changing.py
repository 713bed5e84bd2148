"""
Another address for a person: one verb changes it everywhere.

It lives in three places: on the user, in allauth's table where that is installed, and with the
customer at Stripe. Addresses are the same whatever their case, and kept in lower case.
"""

import logging
from functools import partial

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from billing.users import customers
from billing.users.addresses import address_field, having
from billing.users.sessions import end_sessions

log = logging.getLogger(__name__)


class AddressTaken(Exception):
    """Another user has this address."""

    def __init__(self, *, email: str) -> None:
        super().__init__(f"{email} belongs to another user.")
        self.email = email


def change_address(
    user: AbstractBaseUser, email: str, *, is_verified: bool = False, sign_out: bool = False
) -> None:
    """
    Give a user another address, or none; what they had before no longer leads to them.

    Stripe is told after the commit. If it does not take the address, it is told again with the
    next purchase.

    :param is_verified: whether the address is proven to be theirs; else, unless they have proven
        it before, they have to before they can buy again
    :param sign_out: end their sessions, as where somebody else changes the address
    :raises AddressTaken: if another user has it
    """
    email = email.strip().lower()
    with transaction.atomic():
        users = get_user_model()._base_manager  # noqa: SLF001 - public by Django's word
        users.select_for_update().get(pk=user.pk)
        if email and having(email).exclude(pk=user.pk).exists():
            raise AddressTaken(email=email)
        field = address_field()
        if field:
            users.filter(pk=user.pk).update(**{field: email})
            setattr(user, field, email)
        if apps.is_installed("allauth.account"):
            _change_at_allauth(user, email, is_verified=is_verified)
        if sign_out:
            end_sessions(user)
        transaction.on_commit(partial(customers.send_address, user))
    log.info("address_changed", extra={"user": str(user.pk), "verified": is_verified})


def _change_at_allauth(user: AbstractBaseUser, email: str, *, is_verified: bool) -> None:
    """Keep one address, which is the primary one."""
    rows = apps.get_model("account", "EmailAddress").objects.filter(user_id=user.pk)
    was_verified = rows.filter(email__iexact=email, verified=True).exists()
    rows.delete()
    if email:
        rows.create(
            user_id=user.pk, email=email, primary=True, verified=is_verified or was_verified
        )
    user.__dict__.pop("_emailaddress_cache", None)  # allauth's own
