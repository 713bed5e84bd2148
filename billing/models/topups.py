"""Automatic top-up: a person's rule, what it charged in a month, and each charge."""

from datetime import datetime
from typing import Final, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing import wording
from billing.models.cards import Consent, SavedCard
from billing.models.payments import Payment
from billing.models.prices import PlanPrice
from billing.models.purchases import Purchase
from credits.models import Account
from credits.models.row_names import numbered


class TopUpRuleQuerySet(models.QuerySet["TopUpRule"]):
    def on(self, *, livemode: bool) -> Self:
        return self.filter(is_on=True, livemode=livemode)


class TopUpRule(models.Model):
    """
    Buy this plan when the balance falls below that many credits, for so much a month at most.

    One an account and mode. What was agreed to stands in its consent; each change is a new one.
    """

    class OffReason(models.TextChoices):
        PERSON = "person", _("Switched off by the customer")
        STAFF = "staff", _("Switched off by staff")
        DECLINED = "declined", _("The card was declined")
        EXPIRED = "expired", _("The card has expired")
        CARD_REMOVED = "removed", _("The card was removed")
        DISPUTE = "dispute", _("A top-up was disputed")
        PRICE_CHANGED = "price", _("The plan's price has changed")
        PLAN_CHANGED = "plan", _("The plan gives less than was agreed to")
        REFUSED = "refused", _("Stripe refused the charge")
        ERASED = "erased", _("The person was erased")

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="topup_rules"
    )
    livemode = models.BooleanField(_("live mode"))
    plan_price = models.ForeignKey(
        PlanPrice, verbose_name=_("plan price"), on_delete=models.PROTECT, related_name="+"
    )
    card = models.ForeignKey(
        SavedCard, verbose_name=_("saved card"), on_delete=models.PROTECT, related_name="rules"
    )
    consent = models.OneToOneField(
        Consent, verbose_name=_("consent"), on_delete=models.PROTECT, related_name="rule"
    )
    threshold = models.BigIntegerField(_("threshold"))  # credits
    monthly_limit = models.BigIntegerField(_("monthly limit"))  # smallest unit of the currency
    is_on = models.BooleanField(_("on"), default=True)
    switched_on_at = models.DateTimeField(_("switched on at"))
    off_reason = models.CharField(
        _("off because"), max_length=8, choices=OffReason, blank=True, default=""
    )
    switched_off_at = models.DateTimeField(_("switched off at"), null=True, blank=True)
    switched_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("switched off by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Why, in the words of staff or of Stripe.
    off_note = models.CharField(_("note"), max_length=255, blank=True, default="")

    objects = TopUpRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("top-up rule")
        verbose_name_plural = _("top-up rules")
        permissions = [
            ("switch_off_topup", gettext_noop("Can switch a person's automatic top-up off"))
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "livemode"], name="topuprule_one_per_mode"),
            models.CheckConstraint(
                condition=models.Q(threshold__gt=0), name="topuprule_threshold_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(monthly_limit__gt=0), name="topuprule_monthly_limit_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    is_on=True, off_reason="", switched_off_at__isnull=True, off_note=""
                )
                | models.Q(is_on=False, switched_off_at__isnull=False) & ~models.Q(off_reason=""),
                name="topuprule_off_with_when_and_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(off_reason="staff")
                | models.Q(switched_off_by__isnull=False) & ~models.Q(off_note=""),
                name="topuprule_switched_off_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["threshold"], condition=models.Q(is_on=True), name="topuprule_on"),
        ]

    def __str__(self) -> str:
        return numbered(self)

    @property
    def why(self) -> str:
        """Say in words what `off_note` keeps."""
        return wording.say(self.off_note)


class TopUpMonth(models.Model):
    """
    What automatic top-ups of one account charged in a month (UTC), or are about to.

    Money is put in here before Stripe is asked for it, and taken out when it was not charged.
    """

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="topup_months"
    )
    livemode = models.BooleanField(_("live mode"))
    currency = models.CharField(_("currency"), max_length=3)
    month = models.DateField(_("month"))  # its first day
    # Both in the currency's smallest unit.
    charged = models.BigIntegerField(_("charged"))
    monthly_limit = models.BigIntegerField(_("monthly limit"))

    class Meta:
        verbose_name = _("month of top-ups")
        verbose_name_plural = _("months of top-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "livemode", "currency", "month"], name="topupmonth_once"
            ),
            models.CheckConstraint(
                condition=models.Q(charged__gte=0, charged__lte=models.F("monthly_limit")),
                name="topupmonth_within_its_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class TopUpQuerySet(models.QuerySet["TopUp"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def due(self, *, at: datetime, livemode: bool) -> Self:
        return self.open().filter(due_at__lte=at, purchase__livemode=livemode)


class TopUp(models.Model):
    """
    One charge of a saved card, for one purchase.

    QUEUED → CHARGING → PAID; declined, it is WAITING to be charged again, then FAILED. CANCELED
    before anything was charged. CHARGING is until Stripe's answer is known.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        CHARGING = "charging", _("Being charged")
        WAITING = "waiting", _("Declined, to be tried again")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    # Nothing of these is at Stripe that could still be paid.
    NOT_AT_STRIPE: Final = (Status.QUEUED, Status.WAITING)
    OVER: Final = (Status.PAID, Status.FAILED, Status.CANCELED)

    purchase = models.OneToOneField(
        Purchase, verbose_name=_("purchase"), on_delete=models.PROTECT, related_name="topup"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="topups"
    )
    rule = models.ForeignKey(
        TopUpRule, verbose_name=_("top-up rule"), on_delete=models.PROTECT, related_name="topups"
    )
    # What the person agreed to when it was queued.
    consent = models.ForeignKey(
        Consent, verbose_name=_("consent"), on_delete=models.PROTECT, related_name="topups"
    )
    # The card of the last attempt.
    card = models.ForeignKey(
        SavedCard, verbose_name=_("saved card"), on_delete=models.PROTECT, related_name="topups"
    )
    # The account's newest transaction when its balance was found below the threshold.
    seq = models.BigIntegerField(_("number"))
    # The month that it is counted in: its first day (UTC).
    month = models.DateField(_("month"))
    # Its price is in that month: it may be charged, or was.
    is_counted = models.BooleanField(_("counted in its month"), default=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # When it is charged, or Stripe is asked what became of it. While somebody is at it: when
    # somebody else may be.
    due_at = models.DateTimeField(_("due at"))
    stripe_payment_intent_id = models.CharField(
        _("Stripe payment intent"), max_length=255, null=True, blank=True
    )
    # Of the last attempt: https://docs.stripe.com/declines/codes
    decline_code = models.CharField(_("decline code"), max_length=64, blank=True, default="")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = TopUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(closed_at__isnull=True),
                name="topup_one_open_per_account",
            ),
            models.UniqueConstraint(
                fields=["account", "consent", "seq"], name="topup_once_per_fall"
            ),
            models.UniqueConstraint(
                fields=["stripe_payment_intent_id"], name="topup_payment_intent_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["queued", "charging", "waiting"], closed_at__isnull=True
                )
                | models.Q(status__in=["paid", "failed", "canceled"], closed_at__isnull=False),
                name="topup_closed_when_over",
            ),
            models.CheckConstraint(
                condition=models.Q(is_counted=True) | models.Q(status__in=["failed", "canceled"]),
                name="topup_counted_unless_given_up",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(closed_at__isnull=True),
                name="topup_due",
            ),
        ]

    def __str__(self) -> str:
        return numbered(self)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_on_hold(self) -> bool:
        """Whether nothing is charged until staff have decided on a warning of fraud."""
        return Payment.objects.on_hold(account_id=self.account_id).exists()
