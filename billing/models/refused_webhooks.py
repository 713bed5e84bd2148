"""How many deliveries of Stripe's webhook were refused, and why."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class RefusedWebhookQuerySet(models.QuerySet["RefusedWebhooks"]):
    def of_last_day(self, *, at: datetime) -> Self:
        return self.filter(started_at__gt=at - timedelta(days=1))


class RefusedWebhooks(models.Model):
    """Deliveries of one hour that were refused for one reason. Anybody may send such."""

    class Reason(models.TextChoices):
        SECRET_MISSING = "secret_missing", _("No secret is set")
        SIGNATURE_WRONG = "signature_wrong", _("Not signed with our secret")
        SIGNATURE_OLD = "signature_old", _("Signed by another clock")
        OTHER_MODE = "other_mode", _("Of the other mode, live or test")
        TOO_LARGE = "too_large", _("Too large")
        NOT_AN_EVENT = "not_an_event", _("Not an event")

    KEPT: Final = timedelta(days=7)

    reason = models.CharField(_("reason"), max_length=15, choices=Reason)
    started_at = models.DateTimeField(_("hour"), db_index=True)
    count = models.PositiveIntegerField(_("count"))

    objects = RefusedWebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("refused webhooks")
        verbose_name_plural = _("refused webhooks")
        constraints = [
            models.UniqueConstraint(fields=["reason", "started_at"], name="refusedwebhooks_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} since {self.started_at:%H:%M}"
