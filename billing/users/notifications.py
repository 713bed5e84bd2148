"""Which mails a user wants: all, unless they switched one off."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from billing.models import OutgoingMail, Preferences


def notifications(user: AbstractBaseUser) -> dict[str, bool]:
    """Say of each kind of mail that may be switched off whether a user wants it."""
    row = Preferences.objects.filter(user_id=user.pk).first() or Preferences()
    return {kind.value: getattr(row, f"mail_{kind}") for kind in OutgoingMail.SWITCHED}


def wants(user: AbstractBaseUser, kind: str) -> bool:
    """Tell whether a user is written to; of their money, always."""
    return notifications(user).get(kind, True)


def switch_notifications(user: AbstractBaseUser, wanted: Mapping[str, bool]) -> None:
    """
    Switch kinds of mail on or off; those that are not named stay as they are.

    :raises KeyError: if one cannot be switched
    """
    fields = {kind.value: f"mail_{kind}" for kind in OutgoingMail.SWITCHED}
    key: Any = user.pk
    Preferences.objects.update_or_create(
        user_id=key, defaults={fields[kind]: is_on for kind, is_on in wanted.items()}
    )
