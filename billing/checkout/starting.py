"""
From the click of a button to Stripe's payment page.

The purchase is committed before Stripe is asked. Asking again is a new question, with parameters
of now and a key of its own; so Stripe is first asked whether it has answered the old one.
"""

import logging
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from billing import conf, fulfilment, stripe_gateway, users, wording
from billing.checkout import asking, canceling, pending_payments
from billing.checkout.errors import AlreadyFinished, PlanUnavailable
from billing.checkout.reserving import Wish, reserve
from billing.models import Purchase
from billing.stripe_gateway.objects import CheckoutSession
from credits.models import Account

log = logging.getLogger(__name__)

# Other purchases of the plan that may have to be ended first, one after the other.
REPLACED_AT_MOST = 10


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
    wish = Wish(plan_slug, currency or conf.currency(), quantity, amount)
    pending_payments.ask_about_open_pages(account, plan_slug=plan_slug, form_token=form_token)
    for _ in range(REPLACED_AT_MOST):
        reserved = reserve(account, wish, form_token=form_token, beside=beside)
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
        session = session or asking.open_page(purchase, user=user)
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


def _lead_on(purchase: Purchase, next_url: str) -> None:
    """Note where the newest click came from: there its buyer goes on afterwards."""
    if next_url and purchase.next_url != next_url:
        purchase.next_url = next_url
        purchase.save(update_fields=["next_url"])


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
    problem = (
        wording.code("stripe_said", message=error)
        if isinstance(error, stripe_gateway.GatewayRefused)
        else wording.code("plan_unavailable")
    )
    log.error(
        "purchase_refused",
        extra={"purchase": str(purchase.uuid), "code": code, "error": str(error)},
    )
    Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.PENDING).update(
        status=Purchase.Status.FAILED, problem=problem, closed_at=timezone.now()
    )
