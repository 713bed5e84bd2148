"""Who may buy: a person whose e-mail address of today is proven to be theirs."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.module_loading import import_string

from billing import conf
from billing.users.addresses import address

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser


class EmailNotVerified(Exception):
    """The user has not shown that the e-mail address they use now is theirs."""

    def __init__(self, *, email: str) -> None:
        super().__init__(f"{email or 'No e-mail address'} is not verified.")
        self.email = email


def require_verified_email(user: "AbstractBaseUser | AnonymousUser") -> None:
    """
    Let only a user pass whose current e-mail address is verified.

    Current is the address on the user itself, where receipts and warnings go. An older address
    that was verified once does not count, and neither does a user who was switched off.

    :raises EmailNotVerified: if it is not
    """
    if not is_verified(user):
        raise EmailNotVerified(email=address(user))


def is_configured() -> bool:
    """Tell whether there is anything that verifies addresses."""
    return bool(conf.email_verification()) or apps.is_installed("allauth.account")


def is_verified(user: "AbstractBaseUser | AnonymousUser") -> bool:
    """
    Tell whether the address of today is proven to be the user's.

    `BILLING_EMAIL_VERIFICATION` is the host's own answer, a function of the user; without it
    allauth's counts where `allauth.account` is installed, and else nobody is verified.
    """
    if user.is_anonymous or not getattr(user, "is_active", True) or not address(user):
        return False
    path = conf.email_verification()
    if path:
        verification: Callable[[AbstractBaseUser | AnonymousUser], bool] = import_string(path)
        return bool(verification(user))
    return apps.is_installed("allauth.account") and _is_verified_by_allauth(user)


def _is_verified_by_allauth(user: "AbstractBaseUser | AnonymousUser") -> bool:
    found = apps.get_model("account", "EmailAddress").objects.filter(
        user_id=user.pk, email__iexact=address(user), verified=True
    )
    return bool(found.exists())
