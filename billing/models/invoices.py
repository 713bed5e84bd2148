"""The invoice that Stripe wrote for a purchase: where it is, and what it is called."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.purchases import Purchase


class Invoice(models.Model):
    """
    Exists as soon as a session of ours names it, or it names a purchase itself.

    https://docs.stripe.com/api/invoices/object
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        PAID = "paid", _("Paid")
        UNCOLLECTIBLE = "uncollectible", _("Uncollectible")
        VOID = "void", _("Void")

    # Events come in any order; an invoice only moves forward.
    # https://docs.stripe.com/invoicing/overview#invoice-statuses
    ORDER: Final = ("", "draft", "open", "uncollectible", "paid", "void")

    purchase = models.OneToOneField(
        Purchase, verbose_name=_("purchase"), on_delete=models.PROTECT, related_name="invoice"
    )
    stripe_invoice_id = models.CharField(_("Stripe invoice"), max_length=255)
    # Empty, all of it, until Stripe has told more than the id.
    status = models.CharField(_("status"), max_length=13, choices=Status, blank=True, default="")
    number = models.CharField(_("number"), max_length=255, blank=True, default="")
    hosted_invoice_url = models.TextField(_("invoice page"), blank=True, default="")
    invoice_pdf = models.TextField(_("PDF"), blank=True, default="")
    # When Stripe gave these addresses: they are good for ten days at least.
    # https://docs.stripe.com/invoicing/hosted-invoice-page#invoice-urls
    addressed_at = models.DateTimeField(_("addresses of"), null=True, blank=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(fields=["stripe_invoice_id"], name="invoice_once"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["", "draft", "open", "paid", "uncollectible", "void"]
                ),
                name="invoice_status_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.stripe_invoice_id

    @property
    def page(self) -> str:
        """Give the address of its page, or of its PDF where it has none."""
        return self.hosted_invoice_url or self.invoice_pdf

    @property
    def is_to_be_shown(self) -> bool:
        """Tell whether its buyer has an invoice to look at; a draft has no number yet."""
        return self.status not in {self.Status.DRAFT, self.Status.VOID}
