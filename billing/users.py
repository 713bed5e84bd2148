"""Who may buy: a person whose e-mail address of today is proven to be theirs."""

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser


class EmailNotVerified(Exception):
    """The user has not shown that the e-mail address they use now is theirs."""

    def __init__(self, *, email: str) -> None:
        super().__init__(f"{email or 'No e-mail address'} is not verified.")
        self.email = email


def require_verified_email(user: AbstractBaseUser | AnonymousUser) -> None:
    """
    Let only a user pass whose current e-mail address is verified.

    Current is the address on the user itself, where receipts and warnings go. An older address
    that was verified once does not count, and neither does a user who was switched off.

    :raises EmailNotVerified: if it is not
    """
    email = getattr(user, "email", "")
    if (
        not user.is_active
        or not email
        or not EmailAddress.objects.filter(
            user_id=user.pk, email__iexact=email, verified=True
        ).exists()
    ):
        raise EmailNotVerified(email=email)
