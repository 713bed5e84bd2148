"""The outbox: mails that are to be sent, or were."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models import Account


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def waiting(self) -> Self:
        return self.filter(status=OutgoingMail.Status.WAITING)

    def lately_failed(self, *, at: datetime) -> Self:
        """Those that were given up within a week: some mailboxes are gone for good."""
        return self.filter(status=OutgoingMail.Status.FAILED, closed_at__gt=at - timedelta(days=7))


class OutgoingMail(models.Model):
    """
    One piece of news for a person, mailed once.

    It says of what, by ids; the address, the language and the text are those of the moment in
    which it is sent.
    """

    class Kind(models.TextChoices):
        CREDITS_ARRIVED = "credits_arrived", _("Credits arrived")
        PAYMENT_PROCESSING = "payment_processing", _("Payment on its way")
        PAYMENT_FAILED = "payment_failed", _("Payment failed")
        PAYMENT_REFUNDED = "payment_refunded", _("Payment refunded")
        REFUND_FAILED = "refund_failed", _("Refund failed")
        PAYMENT_DISPUTED = "payment_disputed", _("Payment disputed")
        DISPUTE_CLOSED = "dispute_closed", _("Dispute decided")
        BALANCE_LOW = "balance_low", _("Balance is low")
        CREDITS_EXPIRING = "credits_expiring", _("Credits expire soon")
        TOPUP_CHARGED = "topup_charged", _("Top-up charged")
        TOPUP_FAILED = "topup_failed", _("Top-up failed")
        TOPUP_AUTHENTICATION = "topup_authentication", _("Top-up needs authentication")
        TOPUP_OFF = "topup_off", _("Top-up switched off")

    # A person may switch these off: `Preferences` has a switch of the name `mail_<kind>` for each.
    # The others are about their money.
    SWITCHED: Final = (Kind.BALANCE_LOW, Kind.CREDITS_EXPIRING)
    # Several of one person are told of in one mail.
    GATHERED: Final = (
        *SWITCHED,
        Kind.TOPUP_CHARGED,
        Kind.TOPUP_FAILED,
        Kind.TOPUP_AUTHENTICATION,
        Kind.TOPUP_OFF,
    )

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("No longer needed")

    kind = models.CharField(_("kind"), max_length=32, choices=Kind)
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="mails",
    )
    # What it tells of, after its kind: `payment_refunded:7`.
    key = models.CharField(_("key"), max_length=255, unique=True)
    ids = models.JSONField(_("ids"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(_("created at"))
    # When it is sent or tried next. While somebody is at it: when somebody else may be.
    due_at = models.DateTimeField(_("due at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # The name of the exception, and the mail server's code; its words quote addresses.
    last_error = models.CharField(_("last error"), max_length=100, blank=True, default="")
    # When it was sent, given up or dropped.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "sent", "failed", "dropped"]),
                name="outgoingmail_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="waiting", closed_at__isnull=True)
                | ~models.Q(status="waiting") & models.Q(closed_at__isnull=False),
                name="outgoingmail_closed_unless_waiting",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(status="waiting"),
                name="outgoingmail_waiting",
            ),
            models.Index(
                fields=["id"], condition=models.Q(status="failed"), name="outgoingmail_failed"
            ),
        ]

    def __str__(self) -> str:
        return self.key
