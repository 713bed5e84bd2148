"""
What a plan costs. A published price never changes: a new price is a new row.

One of a fixed price has a Price at Stripe. One *by amount* lets the buyer choose how much to pay,
and says how many credits come for it; Stripe has its product alone, and is told the amount.
"""

from typing import Self
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing import wording
from billing.models.plans import CreditPlan


class PlanPriceQuerySet(models.QuerySet["PlanPrice"]):
    def on_sale(self, *, currency: str, livemode: bool) -> Self:
        """Prices in one currency that a person can pay now."""
        return self.sold(livemode=livemode).filter(currency=currency)

    def sold(self, *, livemode: bool) -> Self:
        """Prices that a person can pay now: on sale here, and at Stripe as far as it has said."""
        return self.filter(
            is_active=True,
            published_at__isnull=False,
            is_off_sale_at_stripe=False,
            livemode=livemode,
            plan__is_active=True,
        )


class TaxBehavior(models.TextChoices):
    """https://docs.stripe.com/tax/products-prices-tax-codes-tax-behavior#tax-behavior."""

    UNSPECIFIED = "unspecified", _("As in Stripe's tax settings")
    EXCLUSIVE = "exclusive", _("Tax comes on top")
    INCLUSIVE = "inclusive", _("Tax is included")


class PlanPrice(models.Model):
    plan = models.ForeignKey(
        CreditPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="prices"
    )
    currency = models.CharField(
        _("currency"), max_length=3, help_text=_("ISO 4217, lower case, such as usd.")
    )
    unit_amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit: 999 is 9.99 USD, or 999 JPY.")
    )
    # From how much to how much, and in what steps from the least, the buyer may choose; then
    # `unit_amount` is what the plan's credits cost, and is not charged itself. Smallest units.
    amount_minimum = models.BigIntegerField(_("smallest amount"), null=True, blank=True)
    amount_maximum = models.BigIntegerField(_("largest amount"), null=True, blank=True)
    amount_step = models.BigIntegerField(_("step"), null=True, blank=True)
    # What a session's metadata calls a price that Stripe has none for.
    uuid = models.UUIDField(_("UUID"), unique=True, default=uuid4, editable=False)
    tax_behavior = models.CharField(
        _("tax"), max_length=11, choices=TaxBehavior, default=TaxBehavior.UNSPECIFIED
    )
    stripe_product_id = models.CharField(
        _("Stripe product"), max_length=255, null=True, blank=True, editable=False
    )
    # Null until Stripe has the price; one by amount has none.
    stripe_price_id = models.CharField(
        _("Stripe price"), max_length=255, null=True, blank=True, editable=False
    )
    livemode = models.BooleanField(_("live mode"), default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    # When Stripe took it off sale, after another replaced it.
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)
    # What Stripe said last of the price or its product, and when by its own clock; null: nothing
    # since it was published. `is_active` is what staff want.
    is_off_sale_at_stripe = models.BooleanField(
        _("off sale at Stripe"), default=False, editable=False
    )
    stripe_said_at = models.DateTimeField(
        _("Stripe said so at"), null=True, blank=True, editable=False
    )
    # Why Stripe does not have it, or nobody can buy it, for staff.
    problem = models.TextField(_("problem"), blank=True, default="", editable=False)

    objects = PlanPriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan price")
        verbose_name_plural = _("plan prices")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit_amount__gt=0), name="planprice_unit_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[a-z]{3}$"), name="planprice_currency_iso"
            ),
            models.CheckConstraint(
                condition=models.Q(tax_behavior__in=["unspecified", "exclusive", "inclusive"]),
                name="planprice_tax_behavior_known",
            ),
            models.CheckConstraint(
                condition=models.Q(stripe_price_id__isnull=True, published_at__isnull=True)
                | models.Q(
                    models.Q(stripe_price_id__isnull=False, amount_minimum__isnull=True)
                    | models.Q(stripe_price_id__isnull=True, amount_minimum__isnull=False),
                    stripe_product_id__isnull=False,
                    published_at__isnull=False,
                ),
                name="planprice_published_with_stripe_price",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount_minimum__isnull=True,
                    amount_maximum__isnull=True,
                    amount_step__isnull=True,
                )
                | models.Q(
                    amount_minimum__isnull=False,
                    amount_maximum__isnull=False,
                    amount_step__isnull=False,
                    amount_minimum__gt=0,
                    amount_maximum__gte=models.F("amount_minimum"),
                    amount_step__gt=0,
                ),
                name="planprice_amounts_in_order_or_none",
            ),
            models.UniqueConstraint(fields=["stripe_price_id"], name="planprice_stripe_price_once"),
            models.UniqueConstraint(
                fields=["plan", "currency", "livemode"],
                condition=models.Q(is_active=True),
                name="planprice_one_active_per_plan_currency_mode",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.unit_amount} {self.currency}"

    @property
    def why(self) -> str:
        """Say in words what `problem` keeps."""
        return wording.say(self.problem)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_by_amount(self) -> bool:
        """The buyer chooses how much to pay."""
        return self.amount_minimum is not None

    @property
    def reference(self) -> str:
        """What a session's metadata calls it: Stripe's id, or ours where Stripe has no price."""
        return str(self.uuid) if self.is_by_amount else self.stripe_price_id or ""
