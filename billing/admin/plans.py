"""A plan's page, with what it costs: its prices, a field for a new one, and what Stripe has."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Prefetch, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import catalog, conf, money
from billing.admin import notes, selling
from billing.admin.price_form import LIMITS, PricedPlanForm
from billing.admin.pricing import PriceInline, written
from billing.models import CreditPlan, PlanPrice
from billing.stripe_gateway import GatewayError
from billing.views import offers
from credits.admin.links import object_url
from credits.admin.notes import SaysNotes


@admin.register(CreditPlan)
class CreditPlanAdmin(SaysNotes):
    """
    A purchase keeps its own copy of what was promised, so a plan may change at any time.

    Prices are published after the plan was saved: Stripe is never called inside a transaction.

    Stripe being down leaves a saved price, the reason beside it, and a button to try again.
    """

    form = PricedPlanForm
    inlines = (PriceInline,)
    list_display = (
        "name",
        "gives",
        "on_sale_for",
        "a_credit",
        "state",
        "is_featured",
        "sort_order",
        "switch",
    )
    list_filter = ("is_active", "is_featured")
    search_fields = ("name", "slug")
    ordering = ("-is_active", "sort_order", "credits", "pk")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "description")}),
        (
            gettext_lazy("What a buyer receives"),
            {"fields": ("credits", "bonus_credits", "valid_for_days")},
        ),
        (
            gettext_lazy("In the shop"),
            {
                "fields": (
                    "is_active",
                    "is_featured",
                    "quantity_maximum",
                    "sort_order",
                    "allow_promotion_codes",
                )
            },
        ),
        (gettext_lazy("Tax"), {"fields": ("tax_code",)}),
    )
    # A plan that was bought stays; one that is not wanted any more is taken off sale.
    actions = None

    class Media:
        css = {"all": ["billing/admin.css"]}

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> Any:
        may = request.user.has_perm(selling.PERMISSION)
        return [name for name in self.list_display if may or name != "switch"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("state", "switch") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: CreditPlan | None = None) -> Any:
        fieldsets = [*super().get_fieldsets(request, obj)]
        if obj:
            # Whether a plan is for sale has one switch, and more reasons than that one.
            shown = ["state"] + ["switch"] * request.user.has_perm(selling.PERMISSION)
            title, options = fieldsets[2]
            others = [name for name in options["fields"] if name != "is_active"]
            fieldsets[2] = (title, {**options, "fields": (*shown, *others)})
        if _may_price(request):
            title = gettext_lazy("New price") if obj else gettext_lazy("Price")
            fieldsets.insert(
                2, (title, {"fields": (("price", "currency", "tax_behavior"), LIMITS)})
            )
        return fieldsets

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **kwargs: Any,
    ) -> type[ModelForm]:
        # The price's fields are the form's own: only those of the model are named.
        if not _may_price(request):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> list[type[InlineModelAdmin]]:
        return [*super().get_inlines(request, obj)] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditPlan]:
        ours = PlanPrice.objects.filter(livemode=conf.livemode())
        sold = PlanPrice.objects.sold(livemode=conf.livemode()).order_by("currency")
        prices = Prefetch("prices", sold, "sold"), Prefetch("prices", ours, "priced")
        return super().get_queryset(request).prefetch_related(*prices)

    @admin.display(description=gettext_lazy("credits"), ordering="credits")
    def gives(self, plan: CreditPlan) -> str:
        """Write what a buyer receives, the bonus apart."""
        if not plan.bonus_credits:
            return money.format_number(plan.credits)
        return _("%(credits)s + %(bonus)s bonus") % {
            "credits": money.format_number(plan.credits),
            "bonus": money.format_number(plan.bonus_credits),
        }

    @admin.display(description=gettext_lazy("a credit costs"))
    def a_credit(self, plan: CreditPlan) -> str:
        """Write the price of a credit, bonus included, as the shop window does."""
        offered = offers.offers(getattr(plan, "sold", ()))
        return " · ".join(offer.a_credit for offer in offered) or "-"

    @admin.display(description=gettext_lazy("for sale"))
    def state(self, plan: CreditPlan) -> SafeString:
        return selling.state(plan)

    @admin.display(description=gettext_lazy("switch"))
    def switch(self, plan: CreditPlan) -> SafeString | str:
        return selling.switch(plan)

    @admin.display(description=gettext_lazy("price"))
    def on_sale_for(self, plan: CreditPlan) -> str:
        """List what people can buy it for now, in each currency."""
        return " · ".join(written(price) for price in getattr(plan, "sold", ())) or "-"

    def get_urls(self) -> list[URLPattern]:
        verbs = {"publish": self.publish, "withdraw": self.withdraw}
        ours = [
            path(
                f"<int:plan_id>/prices/<int:price_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"billing_planprice_{name}",
            )
            for name, view in verbs.items()
        ]
        switches = {
            "sell": partial(selling.sell_again, self),
            "take_off_sale": partial(selling.take_off_sale, self),
        }
        ours += [
            path(
                f"<int:plan_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(view),
                name=f"billing_creditplan_{name}",
            )
            for name, view in switches.items()
        ]
        return ours + super().get_urls()

    def save_model(self, request: HttpRequest, obj: CreditPlan, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if {"name", "description", "tax_code"} & set(form.changed_data) and change:
            transaction.on_commit(partial(_refresh_product, request, obj))
        if form.cleaned_data.get("price") is not None and _may_price(request):
            transaction.on_commit(partial(_set_price, request, obj, form.terms))

    def publish(self, request: HttpRequest, plan_id: int, price_id: int) -> HttpResponse:
        """Try again to bring a price to Stripe."""
        price = self._priced(request, plan_id, price_id)
        if price is None:
            return HttpResponseNotAllowed(["POST"])
        try:
            price = catalog.publish(price)
        except GatewayError as error:
            messages.error(request, _("Stripe does not have the price yet. It said: %s") % error)
        else:
            messages.success(request, _("%s is on sale.") % _shown(price))
            self.log_change(request, price.plan, notes.code("price_published", price=_shown(price)))
        return HttpResponseRedirect(object_url(price.plan))

    def withdraw(self, request: HttpRequest, plan_id: int, price_id: int) -> HttpResponse:
        """Take a price off sale without a new one."""
        price = self._priced(request, plan_id, price_id)
        if price is None:
            return HttpResponseNotAllowed(["POST"])
        try:
            catalog.withdraw(price)
        except GatewayError as error:
            messages.warning(
                request,
                _("%(price)s is off sale here, but Stripe did not archive it. It said: %(why)s")
                % {"price": _shown(price), "why": error},
            )
        else:
            messages.success(request, _("%s is off sale.") % _shown(price))
        self.log_change(request, price.plan, notes.code("price_withdrawn", price=_shown(price)))
        return HttpResponseRedirect(object_url(price.plan))

    def _priced(self, request: HttpRequest, plan_id: int, price_id: int) -> PlanPrice | None:
        if not request.user.has_perm("billing.change_planprice"):
            raise PermissionDenied
        if request.method != "POST":
            return None
        prices = PlanPrice.objects.select_related("plan")
        return get_object_or_404(prices, pk=price_id, plan_id=plan_id)


def _may_price(request: HttpRequest) -> bool:
    return request.user.has_perm("billing.add_planprice")


def _set_price(request: HttpRequest, plan: CreditPlan, terms: dict[str, Any]) -> None:
    price = catalog.set_price(plan=plan, **terms)
    if not price.is_published:
        messages.warning(
            request,
            _(
                "The price %(price)s was saved, but Stripe does not have it yet, so it is not on "
                "sale. Publish it from this plan's page. Stripe said: %(why)s"
            )
            % {"price": _shown(price), "why": price.why},
        )
        return
    if price.problem:
        messages.warning(
            request,
            _("Stripe said of the price %(price)s: %(why)s")
            % {"price": _shown(price), "why": price.why},
        )
        return
    messages.success(request, _("%s is on sale.") % _shown(price))


def _refresh_product(request: HttpRequest, plan: CreditPlan) -> None:
    try:
        catalog.refresh_product(plan)
    except GatewayError as error:
        messages.warning(
            request,
            _("Stripe's payment page still has the old name, description or tax code. It said: %s")
            % error,
        )


def _shown(price: PlanPrice) -> str:
    return written(price)
