"""What the API does when billing takes a person out: no key opens their account, none is told."""

from typing import Any, Final

from django.dispatch import receiver
from django.utils import timezone

from api import wording
from api.models import ApiKey, WebhookEndpoint
from api.outgoing import switching
from billing.privacy.signals import downloading, erasing

ERASED: Final = "erased"


@receiver(erasing)
def forget_person(*, user: Any, **_values: Any) -> dict[str, int]:
    """Revoke the keys of a person's account, switch its endpoints off, and forget their names."""
    theirs = ApiKey.objects.filter(account__user_id=user.pk)
    theirs.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_by="system")
    named = theirs.filter(created_by__startswith="user:").exclude(name=ERASED)
    now = timezone.now()
    for endpoint in WebhookEndpoint.objects.filter(account__user_id=user.pk):
        if endpoint.is_active:
            switching.off(endpoint, because=wording.code("person_erased"), at=now, tell=False)
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(description="")
    return {"API keys": named.update(name=ERASED)}


@receiver(downloading)
def give_person(*, user: Any, **_values: Any) -> dict[str, Any]:
    """Give what is known of the keys of a person's account; no key can be given again."""
    theirs = ApiKey.objects.filter(account__user_id=user.pk)
    return {"api_keys": theirs.values("name", "prefix", "scopes", "created_at", "revoked_at")}
