"""Forget second factors and sessions of a person who is erased, also where the user's row stays."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.base_user import AbstractBaseUser
from django.dispatch import receiver

from billing.privacy.signals import erasing


@receiver(erasing)
def forget(user: AbstractBaseUser, **_values: Any) -> dict[str, int]:
    return {
        "second factors": Authenticator.objects.filter(user_id=user.pk).delete()[0],
        "addresses of sessions": UserSession.objects.filter(user_id=user.pk).delete()[0],
    }
