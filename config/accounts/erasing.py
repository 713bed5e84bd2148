"""What the site keeps of a person beside billing: given to them, and forgotten with them."""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.base_user import AbstractBaseUser
from django.dispatch import receiver

from billing.privacy.signals import downloading, erasing


@receiver(erasing)
def forget(user: AbstractBaseUser, **_values: Any) -> dict[str, int]:
    return {
        "second factors": Authenticator.objects.filter(user_id=user.pk).delete()[0],
        "addresses of sessions": UserSession.objects.filter(user_id=user.pk).delete()[0],
    }


@receiver(downloading)
def give(user: AbstractBaseUser, **_values: Any) -> dict[str, Iterable[dict[str, Any]]]:
    return {
        "addresses": EmailAddress.objects.filter(user_id=user.pk).values("email", "verified"),
        "sessions": UserSession.objects.filter(user_id=user.pk).values(
            "ip", "user_agent", "created_at"
        ),
        "second_factors": Authenticator.objects.filter(user_id=user.pk).values(
            "type", "created_at", "last_used_at"
        ),
    }
