"""
What Stripe says about money: one row a payment.

These are facts that only move forward; `billing.settlement` turns them into credits.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentQuerySet(models.QuerySet["Payment"]):
    def warned(self) -> Self:
        """
        Payments with an early fraud warning that nobody has answered, by money or by word.

        What is on hold waits for somebody whatever the bank has asked or decided meanwhile.
        """
        return self.filter(
            models.Q(disputes__isnull=True) | models.Q(fraud_held__gt=0),
            fraud_warned_at__isnull=False,
            fraud_looked_at__isnull=True,
            purchase__lot__clawback_target__lt=models.F("purchase__lot__granted")
            + models.F("fraud_held"),
        ).distinct()

    def on_hold(self, *, account_id: int) -> Self:
        """
        Payments of one account on whose warning, by the setting, staff have to decide.

        Also where nothing was left to put on hold: the card may be a stolen one all the same.
        """
        return self.warned().filter(fraud_held_at__isnull=False, purchase__account=account_id)


class Payment(models.Model):
    """The money of one PaymentIntent. Exists as soon as any event names it."""

    # Opened by this transaction, and nothing refers to it yet.
    is_new = False

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
    # When what was left of its credits was put on hold, until somebody decides.
    fraud_held_at = models.DateTimeField(_("on hold since"), null=True, blank=True)
    # So many credits of its lot are on hold, beyond those that are no longer paid for.
    fraud_held = models.BigIntegerField(_("credits on hold"), default=0, db_default=0)
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
            models.CheckConstraint(
                condition=models.Q(fraud_held=0)
                | models.Q(fraud_held__gt=0, fraud_held_at__isnull=False),
                name="payment_on_hold_since_its_warning",
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

    @property
    def is_on_hold(self) -> bool:
        """Whether what is left of its credits waits until somebody has decided."""
        return self.fraud_held_at is not None and self.fraud_looked_at is None
