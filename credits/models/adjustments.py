"""Adjustments that wait for a second person."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from credits.models.accounts import Account
from credits.models.lots import DEFAULT_PRIORITY, LAST_PRIORITY
from credits.models.row_names import numbered
from credits.models.transactions import CreditTransaction


class AdjustmentRequest(models.Model):
    class Status(models.TextChoices):
        ASKED = "ASKED", _("asked for")
        APPROVED = "APPROVED", _("approved")
        REJECTED = "REJECTED", _("rejected")

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="adjustment_requests",
    )
    # Credits, signed.
    credits = models.BigIntegerField(_("credits"))
    # Of the lot that a positive one opens.
    priority = models.SmallIntegerField(
        _("priority"), default=DEFAULT_PRIORITY, db_default=DEFAULT_PRIORITY
    )
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=255)
    key = models.CharField(_("key"), max_length=255)
    # `staff:12`, as in `CreditTransaction.actor`.
    asked_by = models.CharField(_("asked by"), max_length=64)
    decided_by = models.CharField(_("decided by"), max_length=64, blank=True)
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.ASKED
    )
    transaction = models.OneToOneField(
        CreditTransaction,
        verbose_name=_("transaction"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="adjustment_request",
    )
    created_at = models.DateTimeField(_("created at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("adjustment request")
        verbose_name_plural = _("adjustment requests")
        permissions = [("approve_adjustment", gettext_noop("Can approve what another adjusts"))]
        constraints = [
            models.UniqueConstraint(name="adjustment_request_once", fields=["account", "key"]),
            models.CheckConstraint(
                name="adjustment_request_credits_not_zero", condition=~Q(credits=0)
            ),
            models.CheckConstraint(
                name="adjustment_request_terms_of_what_is_given",
                condition=Q(credits__gt=0, priority__gte=0, priority__lte=LAST_PRIORITY)
                | Q(credits__lt=0, priority=DEFAULT_PRIORITY, starts_at__isnull=True),
            ),
            models.CheckConstraint(
                name="adjustment_request_decided_by_another",
                condition=Q(status="ASKED", decided_by="", decided_at__isnull=True)
                | (
                    Q(status__in=["APPROVED", "REJECTED"], decided_at__isnull=False)
                    & ~Q(decided_by="")
                    & ~Q(decided_by=F("asked_by"))
                ),
            ),
            models.CheckConstraint(
                name="adjustment_request_approved_with_its_transaction",
                condition=Q(status="APPROVED", transaction__isnull=False)
                | (~Q(status="APPROVED") & Q(transaction__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{numbered(self)}: {self.credits:+d}"
