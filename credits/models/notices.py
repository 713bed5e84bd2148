"""What was announced to the holders of accounts: each notice once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.lots import Lot
from credits.models.row_names import numbered


class ExpiryNotice(models.Model):
    """A lot is about to expire, and it was announced so many days ahead; 0: that it has expired."""

    lot = models.ForeignKey(
        Lot,
        verbose_name=_("lot"),
        on_delete=models.PROTECT,
        related_name="expiry_notices",
        db_index=False,
    )
    days = models.PositiveIntegerField(_("days ahead"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("expiry notice")
        verbose_name_plural = _("expiry notices")
        constraints = [
            models.UniqueConstraint(name="expiry_notice_once", fields=["lot", "days"]),
        ]
        indexes = [models.Index(fields=["created_at"], name="expiry_notice_by_time")]

    def __str__(self) -> str:
        return numbered(self)


class LowBalanceNotice(models.Model):
    """A balance fell below the threshold, and it was announced."""

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="low_balance_notices",
        db_index=False,
    )
    # The transaction that took the balance below.
    seq = models.BigIntegerField(_("number"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("low balance notice")
        verbose_name_plural = _("low balance notices")
        constraints = [
            models.UniqueConstraint(name="low_balance_notice_once", fields=["account", "seq"]),
        ]
        indexes = [models.Index(fields=["created_at"], name="low_balance_notice_by_time")]

    def __str__(self) -> str:
        return numbered(self)
