"""Who bought, as Stripe's page asked for tax: name, address, tax numbers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.purchases import Purchase
from credits.models.row_names import numbered


class BuyerDetails(models.Model):
    """
    What a buyer said of themselves for one purchase, kept only where it was asked for tax.

    https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-customer_details
    """

    purchase = models.OneToOneField(
        Purchase,
        verbose_name=_("purchase"),
        on_delete=models.PROTECT,
        related_name="buyer_details",
    )
    name = models.TextField(_("name"), blank=True, default="")
    # Stripe's: line1, line2, postal_code, city, state, country; those that were said.
    address = models.JSONField(_("address"), default=dict)
    # Stripe's: type and value of each.
    tax_ids = models.JSONField(_("tax numbers"), default=list)

    class Meta:
        verbose_name = _("buyer's details")
        verbose_name_plural = _("buyers' details")

    def __str__(self) -> str:
        return numbered(self)
