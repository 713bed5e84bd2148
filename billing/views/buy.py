"""The button: from a plan to Stripe's payment page."""

import logging
import math
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing import catalog, checkout
from billing.checkout import pending_payments
from billing.models import Purchase
from billing.stripe_gateway import GatewayError, GatewayRefused
from billing.views import next_page, plans
from billing.views.access import verified_email_required
from billing.views.forms import BuyForm
from billing.views.pages import SeeOther, person

log = logging.getLogger(__name__)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@verified_email_required
def buy(request: HttpRequest, slug: str) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("billing:plan", slug)  # where people land who had to sign in first
    form = BuyForm(request.POST)
    if form.is_valid():
        return _buy(request, slug, form)
    if form.is_tampered:
        return _problem(request, "form", status=400)
    return plans.show(request, slug, form=form, status=400)


def _buy(request: HttpRequest, slug: str, form: BuyForm) -> HttpResponse:
    try:
        purchase = checkout.start(
            user=person(request),
            plan_slug=slug,
            form_token=form.cleaned_data["form_token"],
            currency=form.wanted_currency,
            quantity=form.wanted_quantity,
            amount=form.wanted_amount,
            beside=form.cleaned_data["beside"],
            next_url=next_page.asked_for(request),
        )
    except catalog.ImpossibleOrder as error:
        form.refuse(error)
        return plans.show(request, slug, form=form, status=400)
    except checkout.AlreadyFinished as error:
        messages.info(request, _("That form was used already. This is the purchase it made."))
        return SeeOther(_page_of(error.purchase))
    except pending_payments.PendingPayment as error:
        return _not_twice(request, error, slug=slug, form=form)
    except checkout.CheckoutError as error:
        return _not_started(request, error)
    except GatewayError as error:
        return _stripe_failed(request, error, slug=slug, form=form)
    return SeeOther(purchase.checkout_url or _page_of(purchase))


def _not_twice(
    request: HttpRequest, error: pending_payments.PendingPayment, *, slug: str, form: BuyForm
) -> HttpResponse:
    """Lead to what was paid; of what may be, tell first, and let the same form go on then."""
    purchase = error.purchase
    if isinstance(error, pending_payments.PaidMeanwhile):
        messages.success(
            request,
            _("You had paid for this purchase already. You have not been charged a second time."),
        )
        return SeeOther(_page_of(purchase))
    form.tell_of(purchase)
    return _problem(request, "may_be_paid", status=409, purchase=purchase, slug=slug, form=form)


def _not_started(request: HttpRequest, error: checkout.CheckoutError) -> HttpResponse:
    if isinstance(error, checkout.TooManyCheckouts):
        return _problem(request, "too_many", status=429, retry_at=error.retry_at)
    if isinstance(error, checkout.PlanUnavailable):
        return _problem(request, "plan", status=404)
    raise error


def _stripe_failed(
    request: HttpRequest, error: GatewayError, *, slug: str, form: BuyForm
) -> HttpResponse:
    log.warning("checkout_failed", extra={"plan": slug, "error": str(error)})
    if isinstance(error, GatewayRefused) and error.code == "email_invalid":
        return _problem(request, "address", status=400)
    if isinstance(error, GatewayRefused):
        return _problem(request, "refused", status=502)
    return _problem(request, "unavailable", status=503, slug=slug, form=form)


def _problem(request: HttpRequest, what: str, *, status: int, **context: object) -> HttpResponse:
    """Say what went wrong, that nothing was charged, and what to do next."""
    with timezone.override(UTC):
        response = render(
            request, "billing/checkout_problem.html", {"what": what, **context}, status=status
        )
    retry_at = context.get("retry_at")
    if isinstance(retry_at, datetime):
        seconds = math.ceil((retry_at - timezone.now()).total_seconds())
        response["Retry-After"] = str(max(1, seconds))
    return response


def _page_of(purchase: Purchase) -> str:
    return reverse("billing:purchase", args=[purchase.uuid])
