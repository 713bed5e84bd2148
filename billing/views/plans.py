"""
The shop window for everybody, and the page of one plan.

The window is the same for all who are not signed in, so a cache may keep it for them: by address,
which says the currency, and by the language that the browser asks for. It sets no cookie, and its
only form, the layout's for the language, has no secret; *Buy* is a link to sign up, and from there
back to the plan's own page. That page is private, and so is the window with a message in it.
"""

from typing import Final
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_cache_control, patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing import checkout, conf
from billing.checkout import pending_payments
from billing.models import PlanPrice, Purchase
from billing.users import note_language
from billing.views import currencies, next_page
from billing.views.forms import BuyForm
from billing.views.offers import Offer, offers
from billing.views.pages import account_of

# Seconds for which a cache may show what was on sale. What is bought is looked up anew.
MAX_AGE = 300
MESSAGES_COOKIE: Final = CookieStorage.cookie_name


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """Show anybody what is on sale."""
    prices = checkout.prices_on_sale()
    sold_in = currencies.sold_in(prices)
    currency = currencies.choose(request, sold_in)
    shown = offers([price for price in prices if price.currency == currency])
    response = render(
        request,
        "billing/plans.html",
        {
            "offers": [(offer, _buy_address(request, offer)) for offer in shown],
            "currency": currency,
            "currencies": sold_in,
            "pending": _pending(request),
        },
    )
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    if request.user.is_authenticated or _sets_a_cookie(request) or _has_messages(request):
        add_never_cache_headers(response)
    else:
        patch_cache_control(response, public=True, max_age=MAX_AGE)
    return response


@never_cache
@require_safe
def plan(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show somebody who is signed in what they are about to buy; others sign up first."""
    if not request.user.is_authenticated:
        return redirect(sign_up_address(request.get_full_path()))
    note_language(request)
    return show(request, slug)


def show(
    request: HttpRequest, slug: str, *, form: BuyForm | None = None, status: int = 200
) -> HttpResponse:
    """
    Show one plan, with the form to buy it.

    :param form: what was sent and could not be bought
    """
    prices = checkout.prices_on_sale()
    sold_in = currencies.sold_in([price for price in prices if price.plan.slug == slug])
    if not sold_in:
        return render(request, "billing/checkout_problem.html", {"what": "plan"}, status=404)
    asked = form.wanted_currency if form else ""
    currency = (
        asked
        if asked in sold_in
        else currencies.choose(request, sold_in, account=account_of(request))
    )
    offer = next(
        offer
        for offer in offers([price for price in prices if price.currency == currency])
        if offer.plan.slug == slug
    )
    form = form or BuyForm(initial={"next": next_page.asked_for(request)})
    form.show(offer.price)
    context = {
        "offer": offer,
        "form": form,
        "currency": currency,
        "currencies": sold_in,
        "pending": _pending(request),
    }
    return render(request, "billing/plan.html", context, status=status)


def address_of(price: PlanPrice) -> str:
    """Give the address of a plan's page, in the currency of a price."""
    page = reverse("billing:plan", args=[price.plan.slug])
    return f"{page}?{urlencode({'currency': price.currency})}"


def sign_up_address(back_to: str) -> str:
    """Give the address where strangers sign up, and come back from."""
    return f"{resolve_url(conf.signup_url())}?{urlencode({REDIRECT_FIELD_NAME: back_to})}"


def _buy_address(request: HttpRequest, offer: Offer) -> str:
    page = reverse("billing:plan", args=[offer.plan.slug])
    page = f"{page}?{next_page.query(request, currency=offer.price.currency)}"
    return page if request.user.is_authenticated else sign_up_address(page)


def _pending(request: HttpRequest) -> Purchase | None:
    """Find what somebody who is signed in may have paid already."""
    account = account_of(request) if request.user.is_authenticated else None
    return pending_payments.newest(account) if account else None


def _sets_a_cookie(request: HttpRequest) -> bool:
    """Tell whether the layout around the page wants one: then it is for this visitor alone."""
    session = getattr(request, "session", None)
    return bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or (session and session.modified))


def _has_messages(request: HttpRequest) -> bool:
    """Tell whether a message is shown, or waits in its cookie: that is for this visitor alone."""
    storage = get_messages(request)
    return bool(request.COOKIES.get(MESSAGES_COOKIE)) or getattr(storage, "used", False)
