"""Where outgoing webhooks go: the addresses of services that want to be told."""

from datetime import datetime
from typing import Any, Final, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from api import wording
from credits.models import Account

SIGNING_KEY: Final = r"^whsec_[A-Za-z0-9+/]{43}=$"


class EventType(models.TextChoices):
    """What a service can be told of. A word once released keeps its meaning."""

    PURCHASE_PAID = "purchase.paid", _("A purchase was paid")
    PURCHASE_FAILED = "purchase.failed", _("A purchase was not paid by the bank")
    REFUND_SETTLED = "refund.settled", _("A refund went through, or failed")
    DISPUTE_OPENED = "dispute.opened", _("A payment is disputed")
    DISPUTE_CLOSED = "dispute.closed", _("A dispute is decided")
    CREDITS_GRANTED = "credits.granted", _("Credits arrived")
    CREDITS_EXPIRING = "credits.expiring", _("Credits expire soon")
    CREDITS_EXPIRED = "credits.expired", _("Credits have expired")
    BALANCE_LOW = "balance.low", _("A balance is low")
    # Staff send it to see whether an endpoint hears; it tells of nothing.
    WEBHOOK_TEST = "webhook.test", _("A test by staff")


class HttpsField(models.URLField):  # type: ignore[type-arg] # takes none at run time
    """An address; one without a scheme is https, as Django will have it in version 6."""

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield(*args, **{"assume_scheme": "https", **kwargs})

    def deconstruct(self) -> Any:
        """Be a plain URLField to migrations: to the database it is one."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def listening(self, type: str, *, account_id: int) -> Self:
        """Endpoints that are told of a type of event of an account."""
        return self.filter(
            Q(account=None) | Q(account=account_id),
            Q(event_types=[]) | Q(event_types__contains=[type]),
            is_active=True,
        )

    def failing(self) -> Self:
        """Endpoints in use of which the latest attempts, and all since then, have failed."""
        return self.filter(is_active=True, failing_since__isnull=False)


class WebhookEndpoint(models.Model):
    """An address that events are posted to, and how it has fared."""

    url = HttpsField(_("address"), max_length=500)
    description = models.CharField(
        _("description"), max_length=100, blank=True, help_text=_("Whose it is, and what for.")
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="webhook_endpoints",
        help_text=_("Empty: every account."),
    )
    event_types = ArrayField(
        models.CharField(max_length=32, choices=EventType.choices),
        verbose_name=_("types of events"),
        default=list,
        blank=True,
        help_text=_("None: all, also those of later versions."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    # `whsec_` and 32 bytes in base64. Kept as it is, because each delivery is signed with it.
    secret = models.CharField(_("secret"), max_length=64)
    # Signs besides, until then.
    previous_secret = models.CharField(_("previous secret"), max_length=64, blank=True, default="")
    previous_secret_expires_at = models.DateTimeField(
        _("previous secret is good until"), null=True, blank=True
    )
    # Attempts that failed since the last one that did not, and when the first of them did.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    # Nothing is sent there before.
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    # Who is sending there now, and when somebody else may, should they have died.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_attempt_at = models.DateTimeField(_("last attempt at"), null=True, blank=True)
    switched_off_at = models.DateTimeField(_("switched off at"), null=True, blank=True)
    switched_off_because = models.CharField(_("because"), max_length=200, blank=True, default="")
    # Staff are still to be written to that it was switched off.
    is_mail_due = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created at"))

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.CheckConstraint(
                name="webhook_endpoint_types_known",
                condition=Q(event_types__contained_by=EventType.values),
            ),
            models.CheckConstraint(
                name="webhook_endpoint_has_a_secret",
                condition=Q(secret__regex=SIGNING_KEY),
            ),
            models.CheckConstraint(
                name="webhook_endpoint_previous_secret_expires",
                condition=Q(previous_secret="", previous_secret_expires_at__isnull=True)
                | (~Q(previous_secret="") & Q(previous_secret_expires_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="webhook_endpoint_fails_since_some_time",
                condition=Q(failures=0, failing_since__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False),
            ),
            models.CheckConstraint(
                name="webhook_endpoint_claimed_for_some_time",
                condition=Q(claim__isnull=True, claimed_until__isnull=True)
                | Q(claim__isnull=False, claimed_until__isnull=False),
            ),
            models.CheckConstraint(
                name="webhook_endpoint_switched_off_for_a_reason",
                condition=Q(is_active=True, switched_off_at__isnull=True, switched_off_because="")
                | (Q(is_active=False, switched_off_at__isnull=False) & ~Q(switched_off_because="")),
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def why_off(self) -> str:
        """Say in words why it was switched off."""
        return wording.say(self.switched_off_because)

    def secrets(self, *, at: datetime) -> tuple[str, ...]:
        """List the secrets that a delivery is signed with, the new one first."""
        expires_at = self.previous_secret_expires_at
        if expires_at is None or expires_at <= at:
            return (self.secret,)
        return (self.secret, self.previous_secret)
