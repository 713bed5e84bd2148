"""The first page: what you have, what you can buy."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing import checkout, conf, users
from billing.checkout import pending_payments
from billing.models import Purchase
from billing.views import currencies, next_page, transactions
from billing.views.forms import BuyForm
from billing.views.offers import Offer, offers
from billing.views.pages import account_of, person, private_page
from credits import ledger
from credits.models import Account, Hold

EXPIRIES = 4
BEGINNINGS = 4
HOLDS = 4
OPERATIONS = 5


@dataclass(frozen=True)
class Expiry:
    """Credits that end at one instant, or never."""

    at: datetime | None
    credits: int


@dataclass(frozen=True)
class Beginning:
    """Credits that can be spent from one instant on."""

    at: datetime
    credits: int


@private_page
def overview(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    balance = ledger.balance(account) if account else 0
    expiries = _by_expiry(account) if account else []
    prices = checkout.prices_on_sale()
    sold_in = currencies.sold_in(prices)
    currency = currencies.choose(request, sold_in, account=account)
    return render(
        request,
        "billing/overview.html",
        {
            "balance": balance,
            "expiries": expiries,
            # What is shown and this are the balance.
            "last_longer": max(0, balance - sum(expiry.credits for expiry in expiries)),
            "beginnings": _by_start(account) if account else [],
            "recent": [(row, ()) for row in transactions.recent(account, rows=OPERATIONS)]
            if account
            else [],
            "holds": _holds(account) if account else [],
            "is_low": _is_low(request, account, balance),
            "reserved": account.held if account else 0,
            "unfinished": _unfinished(account) if account else None,
            "pending": pending_payments.newest(account) if account else None,
            "offers": [
                (offer, _form(offer, next_url=next_page.asked_for(request)))
                for offer in offers([price for price in prices if price.currency == currency])
            ],
            "cheapest": min(
                (price for price in prices if price.currency == currency),
                key=lambda price: price.amount_minimum or price.unit_amount,
                default=None,
            ),
            "currency": currency,
            "currencies": sold_in,
            "top_ups": conf.top_ups(),
        },
    )


def _is_low(request: HttpRequest, account: Account | None, balance: int) -> bool:
    """Tell whether somebody who has had credits has few left, by their own number or the site's."""
    if account is None or not account.last_seq:
        return False
    return balance < (users.low_balance(person(request)) or 0)


def _form(offer: Offer, *, next_url: str) -> BuyForm:
    form = BuyForm(initial={"next": next_url})
    form.show(offer.price)
    return form


def _by_expiry(account: Account) -> list[Expiry]:
    """Add up what is left by when it expires, the soonest first, what never does last."""
    sums = (
        account.lots.spendable(at=timezone.now())
        .values_list("expires_at")
        .annotate(credits=Sum("can_spend"))
        .order_by(F("expires_at").asc(nulls_last=True))
    )
    return [Expiry(at=at, credits=credits) for at, credits in sums[:EXPIRIES]]


def _by_start(account: Account) -> list[Beginning]:
    """Add up what begins later by when it does, the soonest first."""
    sums = (
        account.lots.filter(pending__gt=0, starts_at__gt=timezone.now())
        .values_list("starts_at")
        .annotate(credits=Sum("pending"))
        .order_by("starts_at")
    )
    return [Beginning(at=at, credits=credits) for at, credits in sums[:BEGINNINGS]]


def _holds(account: Account) -> list[Hold]:
    """List what credits are reserved for, the first to end first."""
    active = account.holds.active().select_related("transaction") if account.held else None
    return list(active.order_by("expires_at", "id")[:HOLDS]) if active is not None else []


def _unfinished(account: Account) -> Purchase | None:
    """Find a purchase whose payment page is still open."""
    return (
        account.purchases.filter(
            status=Purchase.Status.OPEN, problem="", session_expires_at__gt=timezone.now()
        )
        .select_related("plan")
        .order_by("-created_at", "-id")
        .first()
    )
