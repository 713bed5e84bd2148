"""What a browser may send to billing: very little."""

from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import catalog, conf, money
from billing.models import PlanPrice, Purchase


class RedeemForm(forms.Form):
    """A voucher's code, in whatever way it was typed."""

    code = forms.CharField(max_length=100)


class LowBalanceForm(forms.Form):
    """Below how many credits somebody wants to be told; empty: as the site does."""

    low_balance = forms.IntegerField(
        label=gettext_lazy("My balance is low below"),
        help_text=gettext_lazy("In credits. Empty: as this site finds right."),
        min_value=1,
        max_value=10**12,
        required=False,
    )


class BuyForm(forms.Form):
    """
    One button of the shop window.

    The plan is in the address. The token makes one form shown, filled in one way, at most one
    purchase, however often it is sent. How many, or how much, is asked again where the purchase
    begins; what it costs and brings is never taken from a browser.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    # The purchase that may have been paid already, where the person was told of it.
    beside = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # Where they go on afterwards; `next_page` says what is allowed.
    next = forms.CharField(widget=forms.HiddenInput, required=False)
    currency = forms.CharField(widget=forms.HiddenInput, required=False, max_length=3)
    quantity = forms.IntegerField(
        widget=forms.HiddenInput, required=False, label=gettext_lazy("How many")
    )
    amount = forms.DecimalField(
        widget=forms.HiddenInput, required=False, label=gettext_lazy("Amount"), max_digits=20
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("auto_id", False)
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    @classmethod
    def again(cls, purchase: Purchase, *, form_token: UUID | None = None) -> "BuyForm":
        """
        Give the form, filled in as it was, that began a purchase.

        :param form_token: of another purchase like it
        """
        chosen = money.to_decimal(purchase.unit_amount, purchase.currency)
        return cls(
            initial={
                "form_token": form_token or purchase.form_token,
                "currency": purchase.currency,
                "quantity": purchase.quantity,
                "amount": chosen if purchase.amount_minimum is not None else None,
            }
        )

    def tell_of(self, purchase: Purchase) -> None:
        """Let the form be sent again by somebody who was told of a purchase."""
        self.data = {**dict(self.data.items()), "beside": str(purchase.uuid)}

    def show(self, price: PlanPrice) -> None:
        """Let the person see and choose what may be chosen at this price."""
        self.auto_id = f"{price.plan.slug}-%s"
        self.initial["currency"] = price.currency
        most = catalog.quantity_maximum(price)
        if most > 1:
            self._choose("quantity", first=1, minimum=1, maximum=most, step=1)
        if price.amount_minimum is not None and price.amount_maximum is not None:
            decimals = partial(money.to_decimal, currency=price.currency)
            minimum = decimals(price.amount_minimum)
            self._choose(
                "amount",
                first=minimum,
                minimum=minimum,
                maximum=decimals(price.amount_maximum),
                step=decimals(price.amount_step or 1),
            )
            self.fields["amount"].label = _("Amount in %s") % price.currency.upper()

    def refuse(self, error: catalog.ImpossibleOrder) -> None:
        """Say which number cannot be, and which can."""
        if isinstance(error, catalog.ImpossibleQuantity):
            limits = {"most": money.format_number(error.most)}
            self.add_error("quantity", _("Choose a number from 1 to %(most)s.") % limits)
        elif isinstance(error, catalog.ImpossibleAmount) and error.price.is_by_amount:
            self.add_error("amount", _choose_an_amount(error.price))
        else:
            self.add_error("amount", _("This plan has a price of its own."))

    @property
    def wanted_currency(self) -> str:
        """The currency of the page that the form was on; of an older one, the site's."""
        return str(self.data.get("currency", "")).strip().lower() or conf.currency()

    @property
    def is_tampered(self) -> bool:
        """Whether something is wrong that nobody could type."""
        return bool({"form_token", "currency", "beside"} & self.errors.keys())

    @property
    def wanted_quantity(self) -> int:
        quantity: int | None = self.cleaned_data["quantity"]
        return 1 if quantity is None else quantity

    @property
    def wanted_amount(self) -> int | None:
        """How much to pay, in the currency's smallest unit, where an amount was chosen."""
        amount: Decimal | None = self.cleaned_data["amount"]
        return None if amount is None else money.to_unit_amount(amount, self.wanted_currency)

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is not None and money.to_unit_amount(amount, self.wanted_currency) is None:
            limits = {
                "currency": self.wanted_currency.upper(),
                "places": money.decimals(self.wanted_currency),
            }
            raise forms.ValidationError(
                _("%(currency)s has no more than %(places)s decimals.") % limits
            )
        return amount

    def _choose(self, name: str, *, first: object, **limits: object) -> None:
        names = {"minimum": "min", "maximum": "max", "step": "step"}
        attributes = {names[limit]: str(value) for limit, value in limits.items()}
        field = self.fields[name]
        field.widget = forms.NumberInput(attrs={**attributes, "required": True})
        self.initial.setdefault(name, first)


def _choose_an_amount(price: PlanPrice) -> str:
    limits = {
        name: money.format_money(getattr(price, f"amount_{name}"), price.currency)
        for name in ("minimum", "maximum", "step")
    }
    return _("Choose an amount from %(minimum)s to %(maximum)s, in steps of %(step)s.") % limits
