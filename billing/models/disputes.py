"""Money that a bank wants back: one row a dispute."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment


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
