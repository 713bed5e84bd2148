"""
The outbox of webhooks: what happened, to whom it is still to be told, and each attempt.

An event and its deliveries are written in the transaction that they tell of.
"""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from api import wording
from api.models.endpoints import EventType, WebhookEndpoint
from credits.models import Account
from credits.models.row_names import numbered


class WebhookEvent(models.Model):
    """
    One thing that happened, as every endpoint is told of it.

    The primary key is its sequence: of one account it rises in the order in which things were
    committed, for each is written under the account's lock.
    """

    uuid = models.UUIDField(_("UUID"), unique=True, default=uuid4, editable=False)
    type = models.CharField(_("type"), max_length=32, choices=EventType.choices)
    # Of what is written for it; see `api.outgoing.payloads`.
    version = models.PositiveSmallIntegerField(_("version"))
    # None for a test.
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="webhook_events",
    )
    data = models.JSONField(_("data"))
    created_at = models.DateTimeField(_("created at"), db_index=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints = [
            models.CheckConstraint(
                name="webhook_event_type_known", condition=Q(type__in=EventType.values)
            ),
            models.CheckConstraint(
                name="webhook_event_is_of_an_account",
                condition=Q(account__isnull=False) | Q(type="webhook.test"),
            ),
        ]

    def __str__(self) -> str:
        return self.webhook_id

    @property
    def webhook_id(self) -> str:
        """What receivers know it by, however often it comes."""
        return f"msg_{self.uuid.hex}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def waiting(self) -> Self:
        return self.filter(status=WebhookDelivery.Status.WAITING)

    def due(self, *, at: datetime) -> Self:
        """Those that may be tried, unless an earlier one of their account is found to wait."""
        return self.waiting().filter(due_at__lte=at)

    def of_account(self, delivery: "WebhookDelivery") -> Self:
        """List all that an account waits for at an endpoint, in the order of its events."""
        return (
            self.waiting()
            .filter(endpoint=delivery.endpoint_id, account=delivery.account_id)
            .order_by("pk")
        )

    def locked(self) -> list[int]:
        """Lock all that nobody else is at, so that nothing waits for many rows; list their keys."""
        free = self.select_for_update(skip_locked=True, no_key=True, of=("self",))
        return list(free.values_list("pk", flat=True))

    def lately_failed(self, *, at: datetime) -> Self:
        return self.filter(
            status=WebhookDelivery.Status.FAILED, closed_at__gt=at - timedelta(days=7)
        )


class WebhookDelivery(models.Model):
    """That one endpoint is to be told of one event, or was."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    event = models.ForeignKey(
        WebhookEvent,
        verbose_name=_("event"),
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        verbose_name=_("endpoint"),
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    # The event's, so that one index finds what an account waits for.
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # When it is tried next; while somebody is at it: when somebody else may be. None where it was
    # found to wait for an earlier one of its account.
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    give_up_at = models.DateTimeField(_("given up at the latest"))
    # When it was delivered or given up.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="webhook_delivery_once"),
            models.CheckConstraint(
                name="webhook_delivery_status_known",
                condition=Q(status__in=["waiting", "delivered", "failed"]),
            ),
            models.CheckConstraint(
                name="webhook_delivery_closed_unless_waiting",
                condition=Q(status="waiting", closed_at__isnull=True)
                | (~Q(status="waiting") & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "account", "id"],
                condition=Q(status="waiting"),
                name="webhook_delivery_in_order",
            ),
            models.Index(
                fields=["endpoint", "due_at", "id"],
                condition=Q(status="waiting", due_at__isnull=False),
                name="webhook_delivery_due",
            ),
            models.Index(
                fields=["closed_at"],
                condition=Q(status="failed"),
                name="webhook_delivery_failed",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_of_endpoint"),
        ]

    def __str__(self) -> str:
        return numbered(self)


class WebhookAttempt(models.Model):
    """One request that was made, or could not be, and what came back."""

    delivery = models.ForeignKey(
        WebhookDelivery,
        verbose_name=_("delivery"),
        on_delete=models.CASCADE,
        related_name="log",
        db_index=False,
    )
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    duration_ms = models.PositiveIntegerField(_("duration in ms"))
    # The answer's HTTP status; empty where none came.
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    # Why it failed, in few words.
    error = models.CharField(_("error"), max_length=200, blank=True, default="")
    # The beginning of the answer's body.
    excerpt = models.TextField(_("answer"), blank=True, default="")

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        indexes = [models.Index(fields=["delivery", "id"], name="webhook_attempt_of_delivery")]

    def __str__(self) -> str:
        return f"{self.number}: {self.status or self.why}"

    @property
    def why(self) -> str:
        """Say in words why no answer came."""
        return wording.say(self.error)
