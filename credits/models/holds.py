"""Credits set aside for work whose price is not known yet."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.lots import Lot
from credits.models.row_names import numbered
from credits.models.transactions import CreditTransaction


class HoldQuerySet(models.QuerySet["Hold"]):
    def active(self) -> "HoldQuerySet":
        return self.filter(status=Hold.Status.HELD)


class Hold(models.Model):
    class Status(models.TextChoices):
        HELD = "HELD", _("held")
        CAPTURED = "CAPTURED", _("captured")
        RELEASED = "RELEASED", _("released")
        EXPIRED = "EXPIRED", _("expired")

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="holds",
        db_index=False,
    )
    # The HOLD transaction, whose movements say which lots the credits came from.
    transaction = models.OneToOneField(
        CreditTransaction,
        verbose_name=_("transaction"),
        on_delete=models.PROTECT,
        related_name="hold",
    )
    key = models.CharField(_("key"), max_length=255)
    # What the host charges for: see `CreditTransaction.operation`.
    operation = models.CharField(
        _("operation"), max_length=64, blank=True, default="", db_default=""
    )
    credits = models.BigIntegerField(_("credits"))
    # Credits that were used in the end; the rest went back to its lots.
    captured = models.BigIntegerField(_("captured"), default=0, db_default=0)
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.HELD
    )
    # From this instant on the credits go back by themselves.
    expires_at = models.DateTimeField(_("expires at"))
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    # The SPEND that a capture made after the hold had gone, of what the balance still had: on what
    # `holds.capture` returns, and nowhere else.
    late: CreditTransaction | None = None

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        # Its other rules stand in `sql/rules.sql`: `hold_credits_positive`, `hold_status_known`,
        # `hold_captured_within_credits`, `hold_captured_follows_status` and
        # `hold_closed_at_follows_status`.
        constraints = [models.UniqueConstraint(name="hold_key_once", fields=["account", "key"])]
        indexes = [
            models.Index(
                "expires_at", "id", name="hold_active_by_expiry", condition=Q(status="HELD")
            )
        ]

    def __str__(self) -> str:
        return f"{numbered(self)}: {self.credits}"


class HoldEntry(models.Model):
    """
    The part of a capture that touches one lot, where the hold took from several.

    Where it took from one, the HOLD names it, and all that was captured was its.
    """

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    hold = models.ForeignKey(
        Hold,
        verbose_name=_("hold"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="hold_entries"
    )
    captured = models.BigIntegerField(_("captured"))

    class Meta:
        verbose_name = _("hold entry")
        verbose_name_plural = _("hold entries")
        # `hold_entry_captured_positive` stands in `sql/rules.sql`.
        constraints = [
            models.UniqueConstraint(name="hold_entry_lot_once_per_hold", fields=["hold", "lot"]),
        ]

    def __str__(self) -> str:
        return f"{numbered(self)}: {self.captured}"
