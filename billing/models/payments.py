"""
What Stripe says about money, one row a payment, refund and dispute.

These are facts that only move forward; `billing.settlement` turns them into credits.
"""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentQuerySet(models.QuerySet["Payment"]):
    def warned(self) -> Self:
        """Payments with an early fraud warning that nobody has answered, by money or by word."""
        return self.filter(
            fraud_warned_at__isnull=False,
            fraud_looked_at__isnull=True,
            disputes__isnull=True,
            purchase__lot__clawback_target__lt=models.F("purchase__lot__granted"),
        )


class Payment(models.Model):
    """The money of one PaymentIntent. Exists as soon as any event names it."""

    stripe_payment_intent_id = models.CharField(_("Stripe payment intent"), max_length=255)
    stripe_charge_id = models.CharField(_("Stripe charge"), max_length=255, null=True, blank=True)
    livemode = models.BooleanField(_("live mode"))
    # Empty until an event tells.
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    # Both in the currency's smallest unit, and the largest ever seen.
    amount_received = models.BigIntegerField(_("amount received"), default=0)
    max_amount_refunded = models.BigIntegerField(_("amount refunded"), default=0)
    receipt_url = models.TextField(_("receipt"), blank=True, default="")
    # When Stripe's early fraud warning came, for staff to look at.
    fraud_warned_at = models.DateTimeField(_("fraud warned at"), null=True, blank=True)
    # Who decided to leave it at that, and why.
    fraud_looked_at = models.DateTimeField(_("fraud looked at"), null=True, blank=True)
    fraud_looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("fraud looked by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="answered_fraud_warnings",
    )
    fraud_note = models.CharField(_("fraud note"), max_length=255, blank=True, default="")
    # How often settlement moved the lot's clawback target.
    settlements = models.PositiveIntegerField(_("settlements"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_payment_intent_id"], name="payment_intent_once"
            ),
            models.UniqueConstraint(fields=["stripe_charge_id"], name="payment_charge_once"),
            models.CheckConstraint(
                condition=models.Q(amount_received__gte=0, max_amount_refunded__gte=0),
                name="payment_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    fraud_looked_at__isnull=True, fraud_looked_by__isnull=True, fraud_note=""
                )
                | models.Q(fraud_looked_at__isnull=False, fraud_looked_by__isnull=False)
                & ~models.Q(fraud_note=""),
                name="payment_fraud_answered_with_who_and_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-fraud_warned_at"],
                condition=models.Q(fraud_warned_at__isnull=False, fraud_looked_at__isnull=True),
                name="payment_with_fraud_warning",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_payment_intent_id


class RefundQuerySet(models.QuerySet["Refund"]):
    def standing(self) -> Self:
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


class Dispute(models.Model):
    """A dispute as its furthest snapshot tells. Stripe's words for `status`, as they come."""

    payment = models.ForeignKey(
        Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="disputes"
    )
    stripe_dispute_id = models.CharField(_("Stripe dispute"), max_length=255)
    unit_amount = models.BigIntegerField(_("amount"))  # smallest unit of the currency
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=50)
    # What the dispute has taken from us so far, in the currency's smallest unit.
    withdrawn = models.BigIntegerField(_("withdrawn"), default=0)
    # Balance transactions in the furthest snapshot.
    movements = models.PositiveIntegerField(_("movements"), default=0)
    # When Stripe said so, by Stripe's clock.
    as_of = models.DateTimeField(_("as of"))
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    due_by = models.DateTimeField(_("answer due by"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["stripe_dispute_id"], name="dispute_once"),
            models.CheckConstraint(
                condition=models.Q(unit_amount__gte=0, withdrawn__gte=0),
                name="dispute_amounts_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_dispute_id
