"""Whom Stripe knows a user as."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomerQuerySet(models.QuerySet["Customer"]):
    def current(self) -> Self:
        """Those that Stripe still has."""
        return self.filter(found_missing_at=None)


class Customer(models.Model):
    """A Customer at Stripe. A user has one in each mode, and may have lost earlier ones."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stripe_customers",
        help_text=_("Empty once the person was erased."),
    )
    livemode = models.BooleanField(_("live mode"))
    stripe_customer_id = models.CharField(_("Stripe customer"), max_length=255)
    # The address as Stripe has it; empty once the person was erased.
    email = models.CharField(_("e-mail address"), max_length=512, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # When Stripe said that it has no such customer.
    found_missing_at = models.DateTimeField(_("found missing at"), null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["stripe_customer_id"], name="customer_once"),
            models.UniqueConstraint(
                fields=["user", "livemode"],
                condition=models.Q(found_missing_at__isnull=True),
                name="customer_one_current_per_user_and_mode",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | models.Q(email=""),
                name="customer_erased_without_address",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_customer_id
