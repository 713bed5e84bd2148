"""Shortfalls that were written off: credits that are owed no longer."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from credits.models.lots import Lot
from credits.models.row_names import numbered


class WriteOff(models.Model):
    """
    A part of a lot's shortfall that is owed no longer.

    The shortfall itself stays what the lot's numbers say; with `CREDITS_SHORTFALL_POLICY=lien`
    only what was not written off of it is kept back.
    """

    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="write_offs"
    )
    credits = models.BigIntegerField(_("credits"))
    reason = models.CharField(_("reason"), max_length=255)
    # `staff:12`, as in `CreditTransaction.actor`.
    actor = models.CharField(_("actor"), max_length=64)
    key = models.CharField(_("key"), max_length=255)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("write-off")
        verbose_name_plural = _("write-offs")
        constraints = [
            models.UniqueConstraint(name="write_off_once", fields=["lot", "key"]),
            models.CheckConstraint(
                name="write_off_credits_positive", condition=models.Q(credits__gt=0)
            ),
            models.CheckConstraint(
                name="write_off_says_why_and_who",
                condition=~models.Q(reason="") & ~models.Q(actor=""),
            ),
        ]
        permissions = [("write_off_shortfall", gettext_noop("Can write off a shortfall"))]

    def __str__(self) -> str:
        return f"{numbered(self)}: {self.credits}"
