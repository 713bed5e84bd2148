"""The parts of a plan's page that are about money: the fields of a new price, and all of them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import catalog, conf, money
from billing.models import CreditPlan, PlanPrice
from billing.models.prices import TaxBehavior
from credits.admin.readonly import ReadOnlyInline


class PricedPlanForm(forms.ModelForm):
    """A plan, and a price for it in the currency's major unit, such as 9.99."""

    price = forms.DecimalField(
        label=gettext_lazy("Price"),
        required=False,
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
        return currency or conf.currency()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        price, currency = self.cleaned_data.get("price"), self.cleaned_data.get("currency")
        if price is None or not currency:
            return cleaned
        places = money.decimals(currency)
        if price != round(price, places):
            decimals = {"currency": currency.upper(), "places": places}
            self.add_error("price", _("%(currency)s has %(places)s decimals at Stripe.") % decimals)
        else:
            self._check_terms(currency)
        return cleaned

    def _check_terms(self, currency: str) -> None:
        try:
            catalog.check_terms(currency=currency, unit_amount=self.unit_amount)
        except catalog.ImpossiblePrice as error:
            if error.least <= error.unit_amount <= error.most:
                limit = _("Stripe takes this currency in steps of %s only.")
                self.add_error("price", limit % money.format_money(error.step, currency))
                return
            limits = [money.format_money(limit, currency) for limit in (error.least, error.most)]
            between = _("Stripe charges from %(least)s to %(most)s.")
            self.add_error("price", between % dict(zip(("least", "most"), limits, strict=True)))

    @property
    def unit_amount(self) -> int:
        """The price in the currency's smallest unit."""
        places = money.decimals(self.cleaned_data["currency"])
        return int(self.cleaned_data["price"].scaleb(places))


class PriceInline(ReadOnlyInline):
    """Every price that a plan ever had; a published one never changes."""

    model = PlanPrice
    fields = ("amount", "tax_behavior", "state", "stripe_price_id", "created_at")
    verbose_name_plural = gettext_lazy("Prices")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanPrice]:
        return super().get_queryset(request).order_by("-is_active", "-pk")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        may = request.user.has_perm("billing.change_planprice")
        return (*self.fields, "verbs") if may else self.fields

    @admin.display(description=gettext_lazy("price"))
    def amount(self, price: PlanPrice) -> str:
        return money.format_money(price.unit_amount, price.currency)

    @admin.display(description=gettext_lazy("state"))
    def state(self, price: PlanPrice) -> str:
        if price.livemode != conf.livemode():
            return _("live mode") if price.livemode else _("test mode")
        if not price.is_published:
            why = price.problem
            return _("not at Stripe yet: %s") % why if why else _("not at Stripe yet")
        if not price.is_active:
            state = _("off sale")
        else:
            state = _("off sale at Stripe") if price.is_off_sale_at_stripe else _("on sale")
        return f"{state}; {price.problem}" if price.problem else state

    @admin.display(description=gettext_lazy("action"))
    def verbs(self, price: PlanPrice) -> SafeString | str:
        """Buttons of the page's own form, sent elsewhere: they carry its CSRF token."""
        if price.livemode != conf.livemode() or price.archived_at:
            return ""
        if price.problem or not price.is_published:
            return self._button(price, "publish", _("Publish"))
        return self._button(price, "withdraw", _("Take off sale")) if price.is_active else ""

    def _button(self, price: PlanPrice, verb: str, text: str) -> SafeString:
        url = reverse(f"admin:billing_planprice_{verb}", args=[price.plan_id, price.pk])
        return format_html(
            '<button type="submit" class="button" formaction="{}" formnovalidate>{}</button>',
            url,
            text,
        )
