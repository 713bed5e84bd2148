"""Money that went back, or was asked to: one row a refund."""

from datetime import datetime
from typing import Final, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing import wording
from billing.models.payments import Payment
from credits.models.row_names import numbered


class RefundQuerySet(models.QuerySet["Refund"]):
    def not_failed(self) -> Self:
        """Refunds that took money, or may yet: what counts against a payment."""
        return self.exclude(status__in=Refund.NO_MONEY_MOVED)

    def unanswered(self, *, before: datetime) -> Self:
        """Refunds asked for before this, of which nobody knows whether Stripe made them."""
        return self.filter(status=Refund.Status.REQUESTED, created_at__lt=before)


class Refund(models.Model):
    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

        @classmethod
        def read(cls, status: str) -> "Refund.Status":
            """
            Read Stripe's word; a refund that waits for anything, `requires_action`, is pending.

            https://docs.stripe.com/api/refunds/object#refund_object-status
            """
            try:
                return cls(status)
            except ValueError:
                return cls.PENDING

        @property
        def rank(self) -> int:
            """How far along it is: a refund only moves up."""
            return _RANK[self]

    # https://docs.stripe.com/refunds#failed-refunds
    NO_MONEY_MOVED: Final = (Status.FAILED, Status.CANCELED)
    # It is known whether the money went back.
    SETTLED: Final = (Status.SUCCEEDED, *NO_MONEY_MOVED)

    # What the newest fact has made of it, for `billing.signals`; no column.
    news: tuple[Signal, ...] = ()

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
        indexes = [models.Index(fields=["created_at"], name="refund_by_created_at")]
        permissions = [("issue_refund", gettext_noop("Can refund a purchase through Stripe"))]

    def __str__(self) -> str:
        return self.stripe_refund_id or numbered(self)

    @property
    def why(self) -> str:
        """Say in words what `failure_reason` keeps."""
        return wording.say(self.failure_reason)

    @property
    def is_settled(self) -> bool:
        return self.status in self.SETTLED

    @property
    def has_failed(self) -> bool:
        return self.status in self.NO_MONEY_MOVED


_RANK: Final = {
    Refund.Status.REQUESTED: 0,
    Refund.Status.PENDING: 1,
    Refund.Status.SUCCEEDED: 2,
    Refund.Status.FAILED: 3,
    Refund.Status.CANCELED: 3,
}
