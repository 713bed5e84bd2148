"""
Buying: from the click of a button to Stripe's payment page.

The purchase is committed before Stripe is asked, with everything that the request is made of, so
that asking again with the same key asks for the same thing. Of all this only the plan's slug and
the form's token come from the browser.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from billing import conf, stripe_gateway, users
from billing.models import PlanPrice, Purchase
from billing.models.prices import PlanPriceQuerySet
from billing.stripe_gateway.objects import CheckoutSession
from billing.users import customers
from credits.models import Account

log = logging.getLogger(__name__)


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
    purchase = _reserve(user=user, plan_slug=plan_slug, form_token=form_token)
    if purchase.status == Purchase.Status.OPEN:
        return purchase
    customer_id = customers.id_for(user)
    try:
        session = stripe_gateway.create_checkout_session(
            _session_for(purchase, user_id=str(user.pk), customer_id=customer_id)
        )
    except stripe_gateway.GatewayRefused as error:
        _give_up(purchase, error)
        if error.param == "customer":
            customers.mark_missing(customer_id)
        raise
    return _open(purchase, session)


@transaction.atomic
def _reserve(*, user: AbstractBaseUser, plan_slug: str, form_token: UUID) -> Purchase:
    account = Account.objects.for_user(user)
    account = Account.objects.select_for_update().get(pk=account.pk)
    now = timezone.now()
    known = Purchase.objects.filter(account=account, form_token=form_token).first()
    if known:
        if not known.is_at_checkout or known.session_expires_at <= now:
            raise AlreadyFinished(known)
        return known
    price = _on_sale().filter(plan__slug=plan_slug).first()
    if price is None:
        raise PlanUnavailable(plan_slug)
    _refuse_too_many(account, now=now)
    return Purchase.objects.create(
        account=account,
        form_token=form_token,
        session_expires_at=now + timedelta(minutes=conf.session_minutes()),
        **Purchase.snapshot_of(price),
    )


def _on_sale() -> PlanPriceQuerySet:
    return PlanPrice.objects.on_sale(
        currency=conf.currency(), livemode=conf.livemode()
    ).select_related("plan")


def _refuse_too_many(account: Account, *, now: datetime) -> None:
    hour = timedelta(hours=1)
    started = list(
        Purchase.objects.filter(account=account)
        .started_since(now - hour)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[: conf.checkouts_per_hour()]
    )
    if len(started) >= conf.checkouts_per_hour():
        raise TooManyCheckouts(retry_at=started[-1] + hour)


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
        purchase.status = Purchase.Status.OPEN
        purchase.opened_at = timezone.now()
        purchase.problem = ""
        purchase.save()
        log.info("purchase_opened", extra={"purchase": str(purchase.uuid), "session": session.id})
    return purchase


def _give_up(purchase: Purchase, error: stripe_gateway.GatewayRefused) -> None:
    log.error(
        "purchase_refused",
        extra={"purchase": str(purchase.uuid), "code": error.code, "error": str(error)},
    )
    Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.PENDING).update(
        status=Purchase.Status.FAILED, problem=str(error), closed_at=timezone.now()
    )
