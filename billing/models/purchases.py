"""A purchase: our row for one Checkout Session, committed before Stripe is asked for it."""

from datetime import datetime
from typing import Any, Final, Self
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment
from billing.models.plans import CreditPlan
from billing.models.prices import PlanPrice
from credits.models import Account, Lot


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def of(self, user_id: object) -> Self:
        return self.filter(account__user_id=user_id)

    def started_since(self, at: datetime) -> Self:
        return self.filter(created_at__gte=at)


class Purchase(models.Model):
    """
    PENDING → OPEN → (PROCESSING) → PAID, or EXPIRED, or FAILED. PAID is for good.

    The snapshot says what was promised when the person clicked; the plan may change later.
    """

    # What was promised at the click, to whom: the trigger `purchase_snapshot_is_frozen` is made
    # from this list.
    SNAPSHOT: Final = (
        "uuid",
        "account",
        "plan",
        "form_token",
        "credits",
        "valid_for_days",
        "unit_amount",
        "currency",
        "livemode",
        "allow_promotion_codes",
    )
    # How Stripe is asked for it: of now, until Stripe has opened a page. The price's terms are in
    # the snapshot; the row may be one that replaced another at Stripe. The same trigger freezes it.
    FROZEN_ONCE_OPEN: Final = ("plan_price", "session_expires_at")

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        OPEN = "open", _("Waiting for payment")
        PROCESSING = "processing", _("Payment processing")
        PAID = "paid", _("Paid")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Failed")

    # The buyer has not finished on Stripe's page.
    AT_CHECKOUT: Final = (Status.PENDING, Status.OPEN)
    # Stripe may yet say that it is paid: at checkout, or a bank has not answered.
    WAITING: Final = (*AT_CHECKOUT, Status.PROCESSING)

    uuid = models.UUIDField(_("UUID"), unique=True, default=uuid4, editable=False)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="purchases"
    )
    plan = models.ForeignKey(
        CreditPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="purchases"
    )
    plan_price = models.ForeignKey(
        PlanPrice, verbose_name=_("plan price"), on_delete=models.PROTECT, related_name="purchases"
    )
    # One form shown is at most one purchase, however often it is sent.
    form_token = models.UUIDField(_("form token"), default=uuid4, editable=False)

    credits = models.BigIntegerField(_("credits"))  # with the bonus
    valid_for_days = models.PositiveIntegerField(_("valid for days"), null=True, blank=True)
    unit_amount = models.BigIntegerField(_("amount"))  # smallest unit of the currency
    currency = models.CharField(_("currency"), max_length=3)
    livemode = models.BooleanField(_("live mode"))
    allow_promotion_codes = models.BooleanField(_("allow promotion codes"), default=False)
    session_expires_at = models.DateTimeField(_("session expires at"))

    stripe_session_id = models.CharField(_("Stripe session"), max_length=255, null=True, blank=True)
    # Stripe's page for this session; empty once there is nothing to do there.
    checkout_url = models.TextField(_("checkout page"), blank=True, default="")
    payment = models.OneToOneField(
        Payment,
        verbose_name=_("payment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchase",
    )
    lot = models.OneToOneField(
        Lot,
        verbose_name=_("lot"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchase",
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    problem = models.TextField(_("problem"), blank=True, default="")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    # When it expired or failed.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["pending", "open", "processing", "paid", "expired", "failed"]
                ),
                name="purchase_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(credits__gt=0), name="purchase_credits_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(unit_amount__gt=0), name="purchase_unit_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(status="paid", lot__isnull=False, paid_at__isnull=False)
                | (~models.Q(status="paid") & models.Q(lot__isnull=True, paid_at__isnull=True)),
                name="purchase_paid_with_its_lot",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "failed", "expired"])
                | models.Q(stripe_session_id__isnull=False),
                name="purchase_open_with_its_session",
            ),
            models.UniqueConstraint(fields=["stripe_session_id"], name="purchase_session_once"),
            models.UniqueConstraint(fields=["account", "form_token"], name="purchase_form_once"),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="purchase_of_account"),
        ]

    def __str__(self) -> str:
        return f"Purchase {self.uuid}"

    @property
    def is_paid(self) -> bool:
        return self.status == self.Status.PAID

    @property
    def is_at_checkout(self) -> bool:
        return self.status in self.AT_CHECKOUT

    @property
    def is_waiting(self) -> bool:
        return self.status in self.WAITING

    @staticmethod
    def snapshot_of(price: PlanPrice) -> dict[str, Any]:
        """Take down what buying at this price promises now; `unit_amount` in smallest units."""
        return {
            "plan": price.plan,
            "plan_price": price,
            "credits": price.plan.total_credits,
            "valid_for_days": price.plan.valid_for_days,
            "unit_amount": price.unit_amount,
            "currency": price.currency,
            "livemode": price.livemode,
            "allow_promotion_codes": price.plan.allow_promotion_codes,
        }
