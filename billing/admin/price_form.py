"""The part of a plan's form that is about money: what it costs, or between which amounts."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import catalog, conf, money
from billing.models import CreditPlan
from billing.models.prices import TaxBehavior

LIMITS: Final = ("amount_minimum", "amount_maximum", "amount_step")


class PricedPlanForm(forms.ModelForm):
    """A plan, and a price for it in the currency's major unit, such as 9.99."""

    price = forms.DecimalField(
        label=gettext_lazy("Price"),
        required=False,
        max_digits=20,
        help_text=gettext_lazy(
            "Leave empty to keep what is on sale. A new price replaces the one in its currency; "
            "whoever is paying the old one already still can."
        ),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        required=False,
        min_length=3,
        max_length=3,
    )
    tax_behavior = forms.ChoiceField(
        label=gettext_lazy("Tax"),
        required=False,
        choices=TaxBehavior.choices,
        help_text=gettext_lazy("Of the new price. It stays as it is once Stripe has the price."),
    )
    amount_minimum = forms.DecimalField(
        label=gettext_lazy("From"),
        required=False,
        max_digits=20,
        help_text=gettext_lazy(
            "For a plan by amount: the buyer pays what they choose, and gets the plan's credits "
            "once for each time the price fits into it, parts of a credit rounded down."
        ),
    )
    amount_maximum = forms.DecimalField(label=gettext_lazy("to"), required=False, max_digits=20)
    amount_step = forms.DecimalField(
        label=gettext_lazy("in steps of"),
        required=False,
        max_digits=20,
        help_text=gettext_lazy("Empty: the smallest that the currency has."),
    )

    class Meta:
        model = CreditPlan
        fields = "__all__"  # noqa: DJ007 (the ModelAdmin's fieldsets name them)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sold_in = conf.currency().upper()
        self.fields["currency"].initial = sold_in
        self.fields["tax_behavior"].initial = self._tax_behavior()
        self.fields["currency"].help_text = _("Three letters. The shop sells in %s.") % sold_in

    def _tax_behavior(self) -> str:
        """Offer what the plan's newest price has."""
        newest = self.instance.pk and self.instance.prices.order_by("-is_active", "-pk").first()
        return newest.tax_behavior if newest else TaxBehavior.UNSPECIFIED

    def clean_tax_behavior(self) -> str:
        return self.cleaned_data["tax_behavior"] or self._tax_behavior()

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"].lower()
        if currency and not (currency.isascii() and currency.isalpha()):
            raise forms.ValidationError(_("A currency has three letters."))
        if currency and currency not in money.CURRENCIES:
            raise forms.ValidationError(_("Stripe does not charge in %s.") % currency.upper())
        return currency or conf.currency()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("currency"):
            self._check_decimals()
            self._check_limits()
        if not self.errors and self.sets_a_price:
            self._check_terms()
        return cleaned

    @property
    def sets_a_price(self) -> bool:
        return self.cleaned_data.get("price") is not None

    @property
    def terms(self) -> dict[str, Any]:
        """What the price promises, for `catalog.set_price`; in the currency's smallest unit."""
        return {
            "currency": self.cleaned_data["currency"],
            "unit_amount": self._units("price"),
            "amounts": self._amounts(),
            "tax_behavior": self.cleaned_data["tax_behavior"],
        }

    def _amounts_asked(self) -> dict[str, Any]:
        return {name: value for name, value in self.terms.items() if name != "tax_behavior"}

    def _amounts(self) -> catalog.Amounts | None:
        minimum, maximum = self._units("amount_minimum"), self._units("amount_maximum")
        if minimum is None or maximum is None:
            return None
        step = self._units("amount_step")
        if step is None:
            step = money.step(self.cleaned_data["currency"])
        return catalog.Amounts(minimum=minimum, maximum=maximum, step=step)

    def _units(self, name: str) -> int | None:
        amount = self.cleaned_data.get(name)
        if amount is None:
            return None
        return money.to_unit_amount(amount, self.cleaned_data["currency"])

    def _check_decimals(self) -> None:
        currency = self.cleaned_data["currency"]
        decimals = {"currency": currency.upper(), "places": money.decimals(currency)}
        for name in ("price", *LIMITS):
            if self.cleaned_data.get(name) is not None and self._units(name) is None:
                self.add_error(
                    name, _("%(currency)s has %(places)s decimals at Stripe.") % decimals
                )

    def _check_limits(self) -> None:
        """See that limits come with a price, and in a pair."""
        given = {name for name in LIMITS if self.cleaned_data.get(name) is not None}
        if not given:
            return
        if self.cleaned_data.get("price") is None:
            self.add_error("price", _("Say what the plan's credits cost."))
        for name in {"amount_minimum", "amount_maximum"} - given:
            if name not in self.errors:
                self.add_error(name, _("A plan by amount needs both."))

    def _check_terms(self) -> None:
        currency = self.cleaned_data["currency"]
        credits = self.cleaned_data["credits"] + self.cleaned_data["bonus_credits"]
        try:
            catalog.check_terms(**self._amounts_asked(), credits=credits)
        except catalog.ImpossiblePrice as error:
            self.add_error(self._field_of(error.unit_amount), _say(error))
        except catalog.ImpossibleAmounts as error:
            amounts, step = error.amounts, money.format_money(error.step, currency)
            if amounts.minimum > amounts.maximum:
                self.add_error("amount_maximum", _("This is less than the smallest amount."))
            else:
                limit = _("Stripe takes this currency in steps of %s only.")
                self.add_error("amount_step", limit % step)
        except catalog.NoCredits:
            self.add_error("amount_minimum", _("This pays for less than one credit."))

    def _field_of(self, unit_amount: int) -> str:
        names = ("amount_minimum", "amount_maximum")
        return next((name for name in names if self._units(name) == unit_amount), "price")


def _say(error: catalog.ImpossiblePrice) -> str:
    if error.least <= error.unit_amount <= error.most:
        limit = _("Stripe takes this currency in steps of %s only.")
        return limit % money.format_money(error.step, error.currency)
    limits = [money.format_money(limit, error.currency) for limit in (error.least, error.most)]
    between = _("Stripe charges from %(least)s to %(most)s.")
    return between % dict(zip(("least", "most"), limits, strict=True))
