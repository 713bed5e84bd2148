"""The list of a plan's prices, on its page."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import conf, money
from billing.models import PlanPrice
from credits.admin.readonly import ReadOnlyInline


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
        return written(price)

    @admin.display(description=gettext_lazy("state"))
    def state(self, price: PlanPrice) -> str:
        if price.livemode != conf.livemode():
            return _("live mode") if price.livemode else _("test mode")
        if not price.is_published:
            why = price.why
            return _("not at Stripe yet: %s") % why if why else _("not at Stripe yet")
        if not price.is_active:
            state = _("off sale")
        else:
            state = _("off sale at Stripe") if price.is_off_sale_at_stripe else _("on sale")
        return f"{state}; {price.why}" if price.problem else state

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


def written(price: PlanPrice) -> str:
    """Write a price for staff, with the amounts between which a buyer may choose."""
    shown = money.format_money(price.unit_amount, price.currency)
    if not price.is_by_amount:
        return shown
    limits = {
        name: money.format_money(getattr(price, f"amount_{name}"), price.currency)
        for name in ("minimum", "maximum", "step")
    }
    return _("%(price)s; any amount from %(minimum)s to %(maximum)s in steps of %(step)s") % {
        "price": shown,
        **limits,
    }
