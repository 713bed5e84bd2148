"""What the API does when billing takes a person out: their account's keys open nothing any more."""

from typing import Any, Final

from django.dispatch import receiver
from django.utils import timezone

from api.models import ApiKey
from billing.privacy.signals import erasing

ERASED: Final = "erased"


@receiver(erasing)
def forget_person(*, user: Any, **_values: Any) -> dict[str, int]:
    """Revoke the keys of a person's account, and forget what the person called them."""
    theirs = ApiKey.objects.filter(account__user_id=user.pk)
    theirs.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_by="system")
    named = theirs.filter(created_by__startswith="user:").exclude(name=ERASED)
    return {"API keys": named.update(name=ERASED)}
