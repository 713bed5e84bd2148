"""
Buying: from the click of a button to Stripe's payment page.

The purchase is committed before Stripe is asked. Asking again is a new question, with parameters
of now and a key of its own; so Stripe is first asked whether it has answered the old one.

A person has one purchase of a plan at checkout, however often they press *Buy*. One of other terms,
such as another number or currency, takes the place of the first, whose page is closed.

Of all this only the plan's slug, the form's token, the currency and how many, or how much, come
from the browser; what may be chosen is asked here again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from billing import canceling, catalog, conf, fulfilment, pending_payments, stripe_gateway, users
from billing.models import PlanPrice, Purchase
from billing.models.prices import PlanPriceQuerySet
from billing.stripe_gateway.objects import CheckoutSession
from billing.users import customers
from credits.models import Account

log = logging.getLogger(__name__)

# Stripe opens a session for 30 minutes to 24 hours, to the second: a call takes its time.
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
LEEWAY = timedelta(minutes=1)
# Other purchases of the plan that may have to be ended first, one after the other.
REPLACED_AT_MOST = 10


class CheckoutError(Exception):
    """A purchase could not be started. Nothing was charged."""


class PlanUnavailable(CheckoutError):
    """No such plan is on sale."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"The plan {slug!r} is not on sale.")
        self.slug = slug


class TooManyCheckouts(CheckoutError):
    """As many purchases as anyone may start in an hour were started."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"Too many purchases were started; try again at {retry_at}.")
        self.retry_at = retry_at


class AlreadyFinished(CheckoutError):
    """The form has already led to a purchase, and that purchase is over."""

    def __init__(self, purchase: Purchase) -> None:
        super().__init__(f"{purchase} is {purchase.status}.")
        self.purchase = purchase


def plans_on_sale(*, currency: str | None = None) -> list[PlanPrice]:
    """
    List what can be bought now, in the order of the shop window.

    :param currency: None for the site's own
    """
    return list(_on_sale(currency).order_by("plan__sort_order", "unit_amount", "id"))


def prices_on_sale() -> list[PlanPrice]:
    """List what can be bought now in any currency, in the order of the shop window."""
    prices = PlanPrice.objects.sold(livemode=conf.livemode()).select_related("plan")
    return list(prices.order_by("plan__sort_order", "unit_amount", "id"))


def offer(*, plan_slug: str, currency: str | None = None) -> PlanPrice:
    """
    Find what a plan costs now.

    :raises PlanUnavailable: if no such plan is on sale in this currency
    """
    price = _on_sale(currency).filter(plan__slug=plan_slug).first()
    if price is None:
        raise PlanUnavailable(plan_slug)
    return price


def start(
    *,
    user: AbstractBaseUser,
    plan_slug: str,
    form_token: UUID,
    currency: str | None = None,
    quantity: int = 1,
    amount: int | None = None,
    beside: UUID | None = None,
    next_url: str = "",
) -> Purchase:
    """
    Start a purchase, or find the one that waits for payment; `checkout_url` is where to pay.

    :param amount: how much to pay, where the price is by amount; in the currency's smallest unit
    :param beside: the purchase that may have been paid already, where the person was told of it
    :param next_url: where the buyer goes on once the credits are there; checked by the caller
    :raises EmailNotVerified: if the person's address is not verified now
    :raises PlanUnavailable: if no such plan is on sale in this currency
    :raises ImpossibleOrder: if not so many, or not so much, can be bought of it
    :raises TooManyCheckouts: if they have started too many in the last hour
    :raises AlreadyFinished: if the form's purchase is over
    :raises PaidMeanwhile: if another page of theirs turned out to be paid
    :raises MayBePaid: if an earlier payment of theirs may arrive yet, and is not `beside`
    :raises GatewayError: if Stripe did not open a payment page; nothing was charged, and the same
        form may be sent again
    """
    users.require_verified_email(user)
    account = Account.objects.for_user(user)
    wish = _Wish(plan_slug, currency or conf.currency(), quantity, amount)
    pending_payments.ask_about_open_pages(account, plan_slug=plan_slug, form_token=form_token)
    for _ in range(REPLACED_AT_MOST):
        reserved = _reserve(account, wish, form_token=form_token, beside=beside)
        if not reserved.is_in_the_way:
            break
        pending_payments.refuse_paid(canceling.cancel(reserved.purchase, user=user))
    else:
        raise AlreadyFinished(reserved.purchase)  # other tabs want something else all the time
    purchase = reserved.purchase
    _lead_on(purchase, next_url)
    if purchase.status == Purchase.Status.OPEN:
        return purchase
    try:
        session = canceling.lost_session(purchase, user=user) if reserved.is_known else None
        session = session or _ask(purchase, user=user)
    except (stripe_gateway.GatewayRefused, PlanUnavailable) as error:
        _give_up(purchase, error)
        raise
    purchase = _open(purchase, session)
    if session.status == "open":
        if purchase.is_over:  # canceled while Stripe was asked
            canceling.close_page(purchase, session.id)
            raise AlreadyFinished(purchase)
        return purchase
    purchase = fulfilment.refresh(purchase)  # paid or expired, and its event still on the way
    raise AlreadyFinished(purchase)


class _Wish(NamedTuple):
    """What a form says that somebody wants."""

    plan_slug: str
    currency: str
    quantity: int
    amount: int | None


@dataclass(frozen=True, kw_only=True)
class _Reserved:
    purchase: Purchase
    # It was there before, so Stripe may have been asked for it.
    is_known: bool = True
    # It waits for payment, but of other terms, or for too long.
    is_in_the_way: bool = False


@transaction.atomic
def _reserve(account: Account, wish: _Wish, *, form_token: UUID, beside: UUID | None) -> _Reserved:
    """Find the form's purchase, or the one of this plan that waits for payment, or write one."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    now = timezone.now()
    known = _of_form(account, wish, form_token)
    if known:
        if not known.is_at_checkout or known.expires_at <= now:
            raise AlreadyFinished(known)
        _keep_expiry_possible(known, now=now)
        return _Reserved(purchase=known)
    pending_payments.refuse_untold(account, told=beside)
    price = offer(plan_slug=wish.plan_slug, currency=wish.currency)
    order = catalog.order(price, quantity=wish.quantity, amount=wish.amount)
    promised = Purchase.snapshot_of(price, quantity=order.quantity, unit_amount=order.unit_amount)
    waiting = account.purchases.at_checkout(price).first()
    if waiting:
        if waiting.expires_at <= now or not waiting.promises(promised):
            return _Reserved(purchase=waiting, is_in_the_way=True)
        _keep_expiry_possible(waiting, now=now)
        return _Reserved(purchase=waiting)
    _refuse_too_many(account, now=now)
    purchase = Purchase.objects.create(
        account=account, form_token=form_token, session_expires_at=_expiry(now), **promised
    )
    return _Reserved(purchase=purchase, is_known=False)


def _lead_on(purchase: Purchase, next_url: str) -> None:
    """Note where the newest click came from: there its buyer goes on afterwards."""
    if next_url and purchase.next_url != next_url:
        purchase.next_url = next_url
        purchase.save(update_fields=["next_url"])


def _of_form(account: Account, wish: _Wish, form_token: UUID) -> Purchase | None:
    """Find the purchase of a form that was filled in like this."""
    purchases = Purchase.objects.filter(account=account, form_token=form_token).filter(
        currency=wish.currency, quantity=wish.quantity
    )
    if wish.amount is not None:
        purchases = purchases.filter(unit_amount=wish.amount)
    return purchases.order_by("-pk").first()


def _expiry(now: datetime) -> datetime:
    minutes = timedelta(minutes=conf.session_minutes())
    return now + min(max(minutes, SHORTEST + LEEWAY), LONGEST - LEEWAY)


def _keep_expiry_possible(purchase: Purchase, *, now: datetime) -> None:
    """Move the time on where Stripe would find it too short; tabs that ask together ask alike."""
    if purchase.status != Purchase.Status.PENDING:
        return
    if purchase.expires_at < now + SHORTEST + LEEWAY / 2:
        purchase.session_expires_at = _expiry(now)
        purchase.save(update_fields=["session_expires_at"])


def _on_sale(currency: str | None) -> PlanPriceQuerySet:
    return PlanPrice.objects.on_sale(
        currency=currency or conf.currency(), livemode=conf.livemode()
    ).select_related("plan")


def _refuse_too_many(account: Account, *, now: datetime) -> None:
    """Count sessions that Stripe has opened, and what is being asked for at this moment."""
    hour = timedelta(hours=1)
    opened = Q(stripe_session_id__isnull=False)
    asked_for = Q(
        status=Purchase.Status.PENDING, is_topup=False, created_at__gte=now - timedelta(minutes=1)
    )
    started = list(
        Purchase.objects.filter(opened | asked_for, account=account)
        .started_since(now - hour)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[: conf.checkouts_per_hour()]
    )
    if len(started) >= conf.checkouts_per_hour():
        raise TooManyCheckouts(retry_at=started[-1] + hour)


def _ask(purchase: Purchase, *, user: AbstractBaseUser) -> CheckoutSession:
    """
    Have Stripe open a page. A customer or price that it has no more is made anew, each once.

    :raises PlanUnavailable: if somebody has taken the price off sale at Stripe
    :raises GatewayError: if Stripe did not open one
    """
    made_anew: set[str] = set()
    while True:
        customer_id = customers.id_for(user)
        new = _session_for(purchase, user_id=str(user.pk), customer_id=customer_id)
        try:
            return stripe_gateway.create_checkout_session(new)
        except stripe_gateway.GatewayRefused as error:
            what = error.param.partition("[")[0]
            if what not in {"customer", "line_items"} or what in made_anew:
                raise
            made_anew.add(what)
            if what == "customer":
                customers.mark_missing(customer_id)
            elif not _renew_price(purchase):
                raise


def _renew_price(purchase: Purchase) -> bool:
    """Take another price of the same terms where Stripe has lost the one of the purchase."""
    price = catalog.renewed(purchase.plan_price)
    if price is None:
        raise PlanUnavailable(purchase.plan.slug)
    if price.pk == purchase.plan_price_id:
        return False
    purchase.plan_price = price
    Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.PENDING).update(plan_price=price)
    return True


def _session_for(
    purchase: Purchase, *, user_id: str, customer_id: str
) -> stripe_gateway.NewCheckoutSession:
    page = conf.site_url() + reverse("billing:purchase", args=[purchase.uuid])
    price = purchase.plan_price
    return stripe_gateway.NewCheckoutSession(
        purchase_uuid=str(purchase.uuid),
        user_id=user_id,
        price=_inline(purchase) if price.is_by_amount else price.stripe_price_id or "",
        price_reference=price.reference,
        quantity=purchase.quantity,
        customer_id=customer_id,
        success_url=f"{page}?returned=paid",
        cancel_url=f"{page}?returned=canceled",
        expires_at=purchase.expires_at,
        allow_promotion_codes=purchase.allow_promotion_codes,
        payment_method_types=_payment_methods(purchase.currency),
        tax=_tax_options(purchase),
    )


def _payment_methods(currency: str) -> tuple[str, ...]:
    """Leave out what Stripe does not take in a currency; where that is all, let Stripe say so."""
    names = conf.payment_method_types()
    return stripe_gateway.payment_methods_in(currency, names) or names


def _tax_options(purchase: Purchase) -> stripe_gateway.TaxOptions:
    """Ask for what was promised, and for what the site wants now besides."""
    return stripe_gateway.TaxOptions(
        automatic_tax=purchase.automatic_tax,
        tax_id_collection=conf.tax_id_collection(),
        billing_address_collection=conf.billing_address_collection(),
        invoice_creation=conf.invoice_creation(),
        managed_payments=purchase.managed_payments,
    )


def _inline(purchase: Purchase) -> stripe_gateway.InlinePrice:
    return stripe_gateway.InlinePrice(
        product_id=purchase.plan_price.stripe_product_id or "",
        currency=purchase.currency,
        unit_amount=purchase.unit_amount,
        tax_behavior=purchase.tax_behavior,
    )


@transaction.atomic
def _open(purchase: Purchase, session: CheckoutSession) -> Purchase:
    """Write the session down, unless a webhook or another tab was here first."""
    purchase = Purchase.objects.select_for_update().get(pk=purchase.pk)
    if purchase.status == Purchase.Status.PENDING:
        purchase.stripe_session_id = session.id
        purchase.checkout_url = session.url or ""
        purchase.session_expires_at = session.expires_at or purchase.session_expires_at
        purchase.status = Purchase.Status.OPEN
        purchase.opened_at = timezone.now()
        purchase.problem = ""
        purchase.save()
        log.info("purchase_opened", extra={"purchase": str(purchase.uuid), "session": session.id})
    return purchase


def _give_up(purchase: Purchase, error: stripe_gateway.GatewayRefused | PlanUnavailable) -> None:
    code = error.code if isinstance(error, stripe_gateway.GatewayRefused) else "plan_unavailable"
    log.error(
        "purchase_refused",
        extra={"purchase": str(purchase.uuid), "code": code, "error": str(error)},
    )
    Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.PENDING).update(
        status=Purchase.Status.FAILED, problem=str(error), closed_at=timezone.now()
    )
