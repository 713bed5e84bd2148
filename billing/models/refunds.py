"""Money that went back, or was asked to: one row a refund."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment


class RefundQuerySet(models.QuerySet["Refund"]):
    def not_failed(self) -> Self:
        """Refunds that took money, or may yet: everything that has not failed."""
        return self.exclude(status__in=[Refund.Status.FAILED, Refund.Status.CANCELED])


class Refund(models.Model):
    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    uuid = models.UUIDField(_("UUID"), unique=True, default=uuid4, editable=False)
    payment = models.ForeignKey(
        Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="refunds"
    )
    # Null until Stripe has answered, or an event has named it.
    stripe_refund_id = models.CharField(_("Stripe refund"), max_length=255, null=True, blank=True)
    unit_amount = models.BigIntegerField(_("amount"))  # smallest unit of the currency
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    failure_reason = models.CharField(_("failure reason"), max_length=255, blank=True, default="")
    # Null for refunds made outside this site, in Stripe's Dashboard for one.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requested_refunds",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["stripe_refund_id"], name="refund_stripe_refund_once"),
            models.CheckConstraint(
                condition=models.Q(unit_amount__gt=0), name="refund_unit_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["requested", "pending", "succeeded", "failed", "canceled"]
                ),
                name="refund_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["requested", "failed"])
                | models.Q(stripe_refund_id__isnull=False),
                name="refund_beyond_requested_has_stripe_id",
            ),
        ]
        permissions = [("issue_refund", "Can refund a purchase through Stripe")]

    def __str__(self) -> str:
        return self.stripe_refund_id or f"Refund {self.uuid}"
