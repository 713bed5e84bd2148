"""Automatic top-up: the card, the rule, what it has charged, and the way out of all of it."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing import caching, conf
from billing.models import CardSetup, SavedCard, TopUpRule
from billing.stripe_gateway import GatewayError
from billing.topups import cards, months, rules
from billing.topups.consents import Agreed
from billing.topups.terms import RuleError
from billing.views import client, shown_words
from billing.views.access import verified_email_required
from billing.views.pages import SeeOther, account_of, person, private_page
from billing.views.shown_words import Shown, StalePage
from billing.views.top_up_forms import TermsForm
from credits import ledger
from credits.models import Account

log = logging.getLogger(__name__)

CHARGES = 5
# Seconds between two questions to Stripe about one page that saves a card.
ASK_EVERY = 3

Form = Callable[[HttpRequest], HttpResponseBase]


def form_only(view: Form) -> Form:
    """Take a form from somebody who may buy; whoever only looks is led to the page."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @verified_email_required
    def guarded(request: HttpRequest) -> HttpResponseBase:
        return view(request) if request.method == "POST" else redirect("billing:top_up")

    return guarded


@private_page
def top_up(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    card = rules.card_of(person(request))
    returned = request.GET.get("returned", "")
    if account is not None and card is None and returned:
        _write_down_card(account, returned)
        card = rules.card_of(person(request))
    rule = rules.of(account) if account else None
    if not conf.top_ups() and card is None and rule is None:
        raise Http404
    return _page(request, account=account, card=card, rule=rule, form=_form(rule))


@form_only
def save_card(request: HttpRequest) -> HttpResponseBase:
    """Lead somebody who agrees to Stripe's page that saves a card."""
    if not request.POST.get("agree"):
        messages.error(request, _("Tick the box to agree, so that the card can be saved."))
        return _back()
    try:
        shown = shown_words.of_card(request.POST.get("token", ""))
        url = cards.begin(user=person(request), agreed=_agreed(request, shown))
    except StalePage:
        return _out_of_date(request)
    except rules.NotOffered as error:
        raise Http404 from error
    except cards.TooManySetups:
        messages.error(request, _("You have tried that too often. Wait an hour, then try again."))
        return _back()
    except GatewayError as error:
        log.warning("card_setup_failed", extra={"error": str(error)})
        messages.error(
            request, _("Stripe could not be reached. No card was saved. Try again in a minute.")
        )
        return _back()
    return SeeOther(url)


@form_only
def remove_card(request: HttpRequest) -> HttpResponseBase:
    if cards.remove(user=person(request)):
        messages.success(request, _("The card is removed. It will not be charged any more."))
    return _back()


@form_only
def review(request: HttpRequest) -> HttpResponseBase:
    """Show in words what a rule would do, to be agreed to."""
    account, card = account_of(request), rules.card_of(person(request))
    prices = list(rules.offered().order_by("plan__sort_order", "unit_amount", "id"))
    if account is None or card is None or not prices:
        return _back()
    form = TermsForm(request.POST, prices=prices)
    if not form.is_valid():
        return _page(
            request, account=account, card=card, rule=rules.of(account), form=form, status=400
        )
    terms = form.cleaned_data["terms"]
    context = {
        **shown_words.for_terms(terms)._asdict(),
        "card": card,
        "terms": terms,
        "is_below": ledger.balance(account) < terms.threshold,
    }
    return render(request, "billing/top_up_review.html", context)


@form_only
def switch_on(request: HttpRequest) -> HttpResponseBase:
    prices = list(rules.offered())
    try:
        terms, shown = shown_words.of_terms(request.POST.get("token", ""), prices=prices)
        rules.switch_on(user=person(request), terms=terms, agreed=_agreed(request, shown))
    except (StalePage, RuleError):
        return _out_of_date(request)
    messages.success(request, _("Automatic top-up is on."))
    return _back()


@form_only
def switch_off(request: HttpRequest) -> HttpResponseBase:
    rules.switch_off_for(person(request))
    messages.success(request, _("Automatic top-up is off. Nothing more is charged by it."))
    return _back()


def _page(
    request: HttpRequest,
    *,
    account: Account | None,
    card: SavedCard | None,
    rule: TopUpRule | None,
    form: TermsForm | None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "is_offered": conf.top_ups(),
        "card": card,
        "card_consent": shown_words.for_card(),
        "rule": rule,
        "charged": months.charged(rule, at=timezone.now()) if rule else 0,
        "charges": _charges(account) if account else [],
        "form": form if card else None,
    }
    return render(request, "billing/top_up.html", context, status=status)


def _form(rule: TopUpRule | None) -> TermsForm | None:
    """Give the form with the rule as it is, or with a proposal."""
    prices = list(rules.offered().order_by("plan__sort_order", "unit_amount", "id"))
    if not prices:
        return None
    initial = TermsForm.initial_of(prices[0])
    if rule is not None and rule.plan_price_id in {price.pk for price in prices}:
        initial = TermsForm.initial_of(rule.plan_price) | {
            "threshold": rule.threshold,
            "monthly_limit": rules.in_major_unit(rule),
        }
    return TermsForm(prices=prices, initial=initial)


def _charges(account: Account) -> list[object]:
    return list(
        account.topups.select_related("purchase__plan").order_by("-created_at", "-id")[:CHARGES]
    )


def _write_down_card(account: Account, returned: str) -> None:
    """Ask what Stripe's page has saved, as its buyer comes back from there."""
    try:
        setup = CardSetup.objects.filter(account=account, uuid=UUID(returned)).first()
    except ValueError:
        return
    if setup is None or not caching.is_first(f"card-asked:{setup.uuid}", seconds=ASK_EVERY):
        return
    try:
        cards.finish(setup)
    except GatewayError as error:
        log.warning("card_not_asked", extra={"setup": str(setup.uuid), "error": str(error)})


def _agreed(request: HttpRequest, shown: Shown) -> Agreed:
    return Agreed(
        words=shown.words,
        language=shown.language,
        ip_address=client.address(request) or None,
    )


def _out_of_date(request: HttpRequest) -> SeeOther:
    messages.error(request, _("That page is out of date. Look at your top-up again."))
    return _back()


def _back() -> SeeOther:
    return SeeOther(reverse("billing:top_up"))
