"""Below how many credits a balance is low: a person's own number, or the site's."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from billing.models import Preferences
from credits import conf


def own_low_balance(user: AbstractBaseUser) -> int | None:
    """Give the number that a person has chosen, if any."""
    noted = Preferences.objects.filter(user_id=user.pk).values_list("low_balance", flat=True)
    return noted.first()


def low_balance(user: AbstractBaseUser) -> int | None:
    """Give the number that counts for a person; None: no balance is low."""
    return own_low_balance(user) or conf.low_balance()


def choose_low_balance(user: AbstractBaseUser, credits: int | None) -> None:
    """
    Keep a person's own number; None: the site's counts.

    A balance that is low already is told of anew.
    """
    key: Any = user.pk
    Preferences.objects.update_or_create(
        user_id=key, defaults={"low_balance": credits, "is_low_told": False}
    )
