"""What Stripe says was paid for a purchase: what was taken off, tax, and what it came to."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

FIELDS: Final = ("amount_discount", "amount_tax", "amount_total")


class PaidAmounts(models.Model):
    """
    Smallest units, as the Checkout Session has them; empty until it is paid.

    `amount_total` is what was paid: what was ordered less the discount, and with the tax, which was
    in the price or came on top.
    https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-total_details
    """

    amount_discount = models.BigIntegerField(_("discount"), null=True, blank=True)
    amount_tax = models.BigIntegerField(_("tax"), null=True, blank=True)
    amount_total = models.BigIntegerField(_("total"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def amount_net(self) -> int | None:
        """Tell what was paid without tax."""
        if self.amount_total is None or self.amount_tax is None:
            return None
        return self.amount_total - self.amount_tax

    def tax_in(self, unit_amount: int) -> int:
        """Tell how much of an amount that goes back is tax: its share, rounded down."""
        if not self.amount_total or not self.amount_tax:
            return 0
        return self.amount_tax * unit_amount // self.amount_total


def constraints() -> list[models.CheckConstraint]:
    """List the rules of the amounts, for the model that has them."""
    known = {f"{name}__isnull": False for name in FIELDS}
    unknown = {f"{name}__isnull": True for name in FIELDS}
    return [
        models.CheckConstraint(
            condition=models.Q(status="paid", **known)
            | (~models.Q(status="paid") & models.Q(**unknown)),
            name="purchase_paid_with_its_amounts",
        ),
        models.CheckConstraint(
            condition=models.Q(**{f"{name}__gte": 0 for name in FIELDS}),
            name="purchase_amounts_not_negative",
        ),
        models.CheckConstraint(
            condition=models.Q(amount_tax__lte=models.F("amount_total")),
            name="purchase_tax_within_total",
        ),
    ]
