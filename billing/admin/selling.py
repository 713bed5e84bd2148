"""Whether a plan can be bought now, why not, and the one switch for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing import catalog
from billing.admin import notes
from billing.admin.pricing import written
from billing.models import CreditPlan, PlanPrice
from billing.stripe_gateway import GatewayError
from credits.admin.links import object_url

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

PERMISSION = "billing.change_planprice"


def state(plan: Any) -> SafeString:
    """Say that a plan is for sale, or why it is not. Wants its prices, `sold` and `priced`."""
    why = why_not(plan, sold=plan.sold, priced=plan.priced)
    tone = "warn" if why else "good"
    return format_html('<span class="badge {}">{}</span>', tone, why or _("For sale"))


def why_not(plan: CreditPlan, *, sold: Sequence[PlanPrice], priced: Sequence[PlanPrice]) -> str:
    """
    Say why nobody can buy a plan now, or nothing.

    :param sold: its prices that a person can pay now
    :param priced: all that it ever had, in the mode of this site
    """
    if not plan.is_active:
        return _("Switched off")
    if sold:
        return ""
    if not priced:
        return _("No price")
    if any(price.is_active and price.is_off_sale_at_stripe for price in priced):
        return _("Off sale at Stripe")
    if any(not price.is_published for price in priced):
        return _("Price not at Stripe yet")
    return _("Price taken off sale")


def switch(plan: Any) -> SafeString | str:
    """Give the button of a page's own form that leads to what is not now; it carries its token."""
    if not plan.priced:
        return "-"
    is_for_sale = not why_not(plan, sold=plan.sold, priced=plan.priced)
    verb, text = ("take-off-sale", _("Take off sale")) if is_for_sale else ("sell", _("Sell again"))
    url = reverse(f"admin:billing_creditplan_{verb.replace('-', '_')}", args=[plan.pk])
    return format_html(
        '<button type="submit" class="button" formaction="{}" formnovalidate'
        ' aria-label="{}">{}</button>',
        url,
        f"{text}: {plan}",
        text,
    )


def sell_again(model_admin: "ModelAdmin", request: HttpRequest, plan_id: int) -> HttpResponse:
    """Put a plan back on sale, and say at what prices."""
    plan = _plan(request, plan_id)
    if plan is None:
        return HttpResponseNotAllowed(["POST"])
    try:
        prices = catalog.sell_again(plan)
    except catalog.NeverPriced:
        messages.warning(request, _("%s has never had a price. Give it one.") % plan)
    except GatewayError as error:
        why = {"plan": plan, "why": error}
        messages.error(request, _("%(plan)s is not for sale yet. Stripe said: %(why)s") % why)
    else:
        shown = {"plan": plan, "prices": " · ".join(written(price) for price in prices)}
        messages.success(request, _("%(plan)s is for sale: %(prices)s") % shown)
        model_admin.log_change(request, plan, notes.code("for_sale_again", prices=shown["prices"]))
    return HttpResponseRedirect(object_url(plan))


def take_off_sale(model_admin: "ModelAdmin", request: HttpRequest, plan_id: int) -> HttpResponse:
    """Let nobody buy a plan any more."""
    plan = _plan(request, plan_id)
    if plan is None:
        return HttpResponseNotAllowed(["POST"])
    catalog.take_off_sale(plan)
    messages.success(request, _("%s is off sale. Nothing that was bought changes.") % plan)
    model_admin.log_change(request, plan, notes.code("off_sale"))
    return HttpResponseRedirect(object_url(plan))


def _plan(request: HttpRequest, plan_id: int) -> CreditPlan | None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    return get_object_or_404(CreditPlan, pk=plan_id) if request.method == "POST" else None
