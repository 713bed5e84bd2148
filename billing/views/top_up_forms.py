"""The rule of an automatic top-up as a form."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money
from billing.models import PlanPrice
from billing.topups.terms import ImpossibleTerms, Terms

# More than any amount has, and few enough to reckon with: 1e900000 is a number, too.
DIGITS = 20


class TermsForm(forms.Form):
    """Which plan, below how many credits, for how much a month at most."""

    price = forms.TypedChoiceField(label=gettext_lazy("Plan to buy"), coerce=int)
    threshold = forms.IntegerField(
        label=gettext_lazy("When my balance falls below"),
        min_value=1,
        help_text=gettext_lazy("In credits; at most as many as the plan brings."),
    )
    monthly_limit = forms.DecimalField(
        label=gettext_lazy("At most in a calendar month"), max_digits=DIGITS
    )

    def __init__(self, data: Any = None, *, prices: Sequence[PlanPrice], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.prices = {price.pk: price for price in prices}
        choice: Any = self.fields["price"]
        choice.choices = [(price.pk, _label(price)) for price in prices]
        currency = next(iter(self.prices.values())).currency
        limit: Any = self.fields["monthly_limit"]
        places = money.decimals(currency)
        limit.decimal_places = places
        limit.widget.attrs["step"] = str(Decimal(1).scaleb(-places))
        limit.help_text = _("In %(currency)s; at least the price of the plan.") % {
            "currency": currency.upper()
        }

    def clean(self) -> dict[str, Any]:
        """Make terms of it that can be kept."""
        cleaned: dict[str, Any] = super().clean() or {}
        if {"price", "threshold", "monthly_limit"} - cleaned.keys():
            return cleaned
        price = self.prices[cleaned["price"]]
        unit_amount = money.to_unit_amount(cleaned["monthly_limit"], price.currency)
        if unit_amount is None or abs(unit_amount) > money.LARGEST_CHARGE:
            self.add_error("monthly_limit", _("This is no amount that can be charged."))
            return cleaned
        terms = Terms.of(price, threshold=cleaned["threshold"], monthly_limit=unit_amount)
        try:
            terms.check()
        except ImpossibleTerms as error:
            self.add_error(error.field, self._message(error.field, price))
        cleaned["terms"] = terms
        return cleaned

    @staticmethod
    def _message(field: str, price: PlanPrice) -> str:
        if field == "threshold":
            return _("At most %(credits)s, as many as this plan brings.") % {
                "credits": money.format_number(price.plan.total_credits)
            }
        return _("From %(least)s, the price of this plan, to %(most)s.") % {
            "least": money.format_money(price.unit_amount, price.currency),
            "most": money.format_money(money.LARGEST_CHARGE, price.currency),
        }

    @classmethod
    def initial_of(cls, price: PlanPrice) -> dict[str, Any]:
        """Propose a fifth of the plan as the threshold, and three of it a month."""
        return {
            "price": price.pk,
            "threshold": max(1, price.plan.total_credits // 5),
            "monthly_limit": money.to_decimal(
                min(money.LARGEST_CHARGE, 3 * price.unit_amount), price.currency
            ),
        }


def _label(price: PlanPrice) -> str:
    return _("%(plan)s: %(credits)s credits for %(price)s") % {
        "plan": price.plan.name,
        "credits": money.format_number(price.plan.total_credits),
        "price": money.format_money(price.unit_amount, price.currency),
    }
