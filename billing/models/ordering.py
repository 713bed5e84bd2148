"""What was ordered, and the offer that it was ordered from, as both were at the click."""

from typing import Any

from django.db import models
from django.db.models import DecimalField, F, Func, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, NullIf
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from billing.models.prices import PlanPrice


class OrderedAmounts(models.Model):
    """Credits and money; a unit amount is in the currency's smallest unit."""

    credits = models.BigIntegerField(_("credits"))  # of all, with the bonus
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    # What one costs, or how much the buyer chose to pay; smallest unit of the currency.
    unit_amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    # The offer, as it was at the click: so many credits for so much, up to so many of it; or for
    # any amount within these limits.
    offered_credits = models.BigIntegerField(_("credits offered"))
    offered_bonus = models.BigIntegerField(_("bonus among them"), default=0)
    offered_amount = models.BigIntegerField(_("amount asked for them"))
    quantity_maximum = models.PositiveIntegerField(_("most at once"), default=1)
    amount_minimum = models.BigIntegerField(_("smallest amount"), null=True, blank=True)
    amount_maximum = models.BigIntegerField(_("largest amount"), null=True, blank=True)
    amount_step = models.BigIntegerField(_("step"), null=True, blank=True)

    class Meta:
        abstract = True


def of(price: PlanPrice, *, quantity: int, unit_amount: int | None) -> dict[str, Any]:
    """
    Take down an order and the price's offer.

    :param unit_amount: what the buyer chose to pay, where the price is by amount
    """
    chosen = price.unit_amount if unit_amount is None else unit_amount
    offered = price.plan.total_credits
    return {
        # For a part of a credit nobody pays: it is rounded down.
        "credits": offered * chosen * quantity // price.unit_amount,
        "quantity": quantity,
        "unit_amount": chosen,
        "currency": price.currency,
        "offered_credits": offered,
        "offered_bonus": price.plan.bonus_credits,
        "offered_amount": price.unit_amount,
        "quantity_maximum": 1 if price.is_by_amount else price.plan.quantity_maximum,
        "amount_minimum": price.amount_minimum,
        "amount_maximum": price.amount_maximum,
        "amount_step": price.amount_step,
    }


def constraints() -> list[models.CheckConstraint]:
    """List the rules of an order, for the model that has it."""
    return [
        models.CheckConstraint(condition=Q(credits__gt=0), name="purchase_credits_positive"),
        models.CheckConstraint(
            condition=Q(quantity__gte=1, quantity__lte=F("quantity_maximum")),
            name="purchase_quantity_within_limit",
        ),
        models.CheckConstraint(
            condition=Q(
                amount_minimum__isnull=True,
                amount_maximum__isnull=True,
                amount_step__isnull=True,
                unit_amount=F("offered_amount"),
            )
            | Q(
                Exact(_steps_off(), 0),
                amount_minimum__isnull=False,
                amount_maximum__isnull=False,
                amount_step__isnull=False,
                unit_amount__gte=F("amount_minimum"),
                unit_amount__lte=F("amount_maximum"),
                amount_step__gt=0,
                quantity=1,
            ),
            name="purchase_amount_within_limits",
        ),
        models.CheckConstraint(
            condition=Q(credits=_credits_offered(), offered_credits__gt=0, offered_amount__gt=0),
            name="purchase_credits_as_offered",
        ),
        models.CheckConstraint(
            condition=Q(offered_bonus__gte=0, offered_bonus__lt=F("offered_credits")),
            name="purchase_bonus_within_offer",
        ),
    ]


def _credits_offered() -> Func:
    """Count what an offer gives for what is paid, rounded down; beyond 64 bits on the way."""
    number = DecimalField(max_digits=60, decimal_places=0)
    paid = Cast("unit_amount", number) * F("quantity") * F("offered_credits")
    offered_amount = NullIf(F("offered_amount"), Value(0))
    return Func(paid, offered_amount, function="div", output_field=number)


def _steps_off() -> CombinedExpression:
    """Tell by how much an amount misses the steps in which it may be chosen."""
    return (F("unit_amount") - F("amount_minimum")) % NullIf(F("amount_step"), Value(0))
