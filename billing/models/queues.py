"""Rows that wait for staff, as tables of their own; nothing is stored for them."""

from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment
from credits.models import Lot


class FraudWarning(Payment):
    """A payment that Stripe warned of."""

    class Meta:
        proxy = True
        verbose_name = _("fraud warning")
        verbose_name_plural = _("fraud warnings")


class Shortfall(Lot):
    """A lot of which more was used than is still paid for."""

    class Meta:
        proxy = True
        verbose_name = _("shortfall")
        verbose_name_plural = _("shortfalls")
