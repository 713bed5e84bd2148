"""
Buying: from the click of a button to Stripe's payment page.

The purchase is committed before Stripe is asked. Asking again is a new question, with parameters
of now and a key of its own; so Stripe is first asked whether it has answered the old one. Of all
this only the plan's slug and the form's token come from the browser.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from billing import catalog, conf, fulfilment, stripe_gateway, users
from billing.models import PlanPrice, Purchase
from billing.models.prices import PlanPriceQuerySet
from billing.stripe_gateway.objects import CheckoutSession
from billing.users import customers
from credits.models import Account

log = logging.getLogger(__name__)

# Stripe opens a session for 30 minutes to 24 hours, to the second: a call takes its time.
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
LEEWAY = timedelta(minutes=1)
# Our clock and Stripe's may differ that much.
SKEW = timedelta(hours=1)


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


def plans_on_sale() -> list[PlanPrice]:
    """List what can be bought now, in the order of the shop window."""
    return list(_on_sale().order_by("plan__sort_order", "unit_amount", "id"))


def start(*, user: AbstractBaseUser, plan_slug: str, form_token: UUID) -> Purchase:
    """
    Start a purchase, or find the one that this form has started; `checkout_url` is where to pay.

    :raises EmailNotVerified: if the person's address is not verified now
    :raises PlanUnavailable: if no such plan is on sale
    :raises TooManyCheckouts: if they have started too many in the last hour
    :raises AlreadyFinished: if the form's purchase is over
    :raises GatewayError: if Stripe did not open a payment page; nothing was charged, and the same
        form may be sent again
    """
    users.require_verified_email(user)
    purchase, is_known = _reserve(user=user, plan_slug=plan_slug, form_token=form_token)
    if purchase.status == Purchase.Status.OPEN:
        return purchase
    try:
        session = _lost_session(purchase, user=user) if is_known else None
        session = session or _ask(purchase, user=user)
    except (stripe_gateway.GatewayRefused, PlanUnavailable) as error:
        _give_up(purchase, error)
        raise
    purchase = _open(purchase, session)
    if session.status == "open":
        return purchase
    purchase = fulfilment.refresh(purchase)  # paid or expired, and its event still on the way
    raise AlreadyFinished(purchase)


@transaction.atomic
def _reserve(*, user: AbstractBaseUser, plan_slug: str, form_token: UUID) -> tuple[Purchase, bool]:
    """Find or write the form's purchase, and say whether it was there."""
    account = Account.objects.for_user(user)
    account = Account.objects.select_for_update().get(pk=account.pk)
    now = timezone.now()
    known = Purchase.objects.filter(account=account, form_token=form_token).first()
    if known:
        if not known.is_at_checkout or known.session_expires_at <= now:
            raise AlreadyFinished(known)
        if known.status == Purchase.Status.PENDING:
            _keep_expiry_possible(known, now=now)
        return known, True
    price = _on_sale().filter(plan__slug=plan_slug).first()
    if price is None:
        raise PlanUnavailable(plan_slug)
    _refuse_too_many(account, now=now)
    purchase = Purchase.objects.create(
        account=account,
        form_token=form_token,
        session_expires_at=_expiry(now),
        **Purchase.snapshot_of(price),
    )
    return purchase, False


def _expiry(now: datetime) -> datetime:
    minutes = timedelta(minutes=conf.session_minutes())
    return now + min(max(minutes, SHORTEST + LEEWAY), LONGEST - LEEWAY)


def _keep_expiry_possible(purchase: Purchase, *, now: datetime) -> None:
    """Move the time on where Stripe would find it too short; tabs that ask together ask alike."""
    if purchase.session_expires_at < now + SHORTEST + LEEWAY / 2:
        purchase.session_expires_at = _expiry(now)
        purchase.save(update_fields=["session_expires_at"])


def _on_sale() -> PlanPriceQuerySet:
    return PlanPrice.objects.on_sale(
        currency=conf.currency(), livemode=conf.livemode()
    ).select_related("plan")


def _refuse_too_many(account: Account, *, now: datetime) -> None:
    """Count sessions that Stripe has opened, and what is being asked for at this moment."""
    hour = timedelta(hours=1)
    opened = Q(stripe_session_id__isnull=False)
    asked_for = Q(status=Purchase.Status.PENDING, created_at__gte=now - timedelta(minutes=1))
    started = list(
        Purchase.objects.filter(opened | asked_for, account=account)
        .started_since(now - hour)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[: conf.checkouts_per_hour()]
    )
    if len(started) >= conf.checkouts_per_hour():
        raise TooManyCheckouts(retry_at=started[-1] + hour)


def _lost_session(purchase: Purchase, *, user: AbstractBaseUser) -> CheckoutSession | None:
    """Look for the session of a purchase that Stripe was asked for before, whoever they were."""
    for customer_id in customers.ids_of(user, livemode=purchase.livemode):
        session = stripe_gateway.find_checkout_session(
            purchase_uuid=str(purchase.uuid),
            customer_id=customer_id,
            since=purchase.created_at - SKEW,
        )
        if session:
            return session
    return None


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
    return stripe_gateway.NewCheckoutSession(
        purchase_uuid=str(purchase.uuid),
        user_id=user_id,
        price_id=purchase.plan_price.stripe_price_id or "",
        customer_id=customer_id,
        success_url=f"{page}?returned=paid",
        cancel_url=f"{page}?returned=canceled",
        expires_at=purchase.session_expires_at,
        allow_promotion_codes=purchase.allow_promotion_codes,
        payment_method_types=conf.payment_method_types(),
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
