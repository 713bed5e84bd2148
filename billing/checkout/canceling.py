"""
Ending a purchase that is not paid: its payment page is closed at Stripe, and then it is over here.

Whoever pays at the same moment is first or is too late: Stripe ends no session that was paid, and
takes no payment for one that has ended. https://docs.stripe.com/api/checkout/sessions/expire
"""

import logging
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from billing import fulfilment, stripe_gateway
from billing.models import Purchase
from billing.stripe_gateway.objects import CheckoutSession
from billing.users import customers

log = logging.getLogger(__name__)

# Our clock and Stripe's may differ that much.
SKEW = timedelta(hours=1)


def cancel(purchase: Purchase, *, user: AbstractBaseUser) -> Purchase:
    """
    End a purchase that is at checkout; one that was paid meanwhile is fulfilled instead.

    Safe to repeat, and of a purchase that is over already.

    :returns: the purchase as it is then
    :raises GatewayError: if Stripe did not say how it ended; nothing has changed then
    """
    if not purchase.is_at_checkout:
        return purchase
    session_id = purchase.stripe_session_id
    if session_id is None:
        lost = lost_session(purchase, user=user)
        session_id = lost.id if lost else None
    if session_id is None:
        _close_unopened(purchase)
    else:
        close_page(purchase, session_id)
    purchase.refresh_from_db()
    log.info("purchase_canceled", extra={"purchase": str(purchase.uuid), "is": purchase.status})
    return purchase


def close_page(purchase: Purchase, session_id: str) -> None:
    """
    Close the payment page of a purchase; where somebody has paid on it, fulfil it.

    :raises GatewayError: if Stripe did not say how it ended
    """
    try:
        session = stripe_gateway.expire_checkout_session(session_id)
    except stripe_gateway.GatewayRefused:  # it has ended already, paid or not, or is not known
        _follow(purchase, session_id)
    else:
        fulfilment.close(session, status=Purchase.Status.EXPIRED)


def lost_session(purchase: Purchase, *, user: AbstractBaseUser) -> CheckoutSession | None:
    """
    Look for the session of a purchase that Stripe was asked for before, whoever they were.

    :raises GatewayError: if Stripe did not answer
    """
    for customer_id in customers.ids_of(user, livemode=purchase.livemode):
        session = stripe_gateway.find_checkout_session(
            purchase_uuid=str(purchase.uuid),
            customer_id=customer_id,
            since=purchase.created_at - SKEW,
        )
        if session:
            return session
    return None


def _follow(purchase: Purchase, session_id: str) -> None:
    if purchase.stripe_session_id:
        fulfilment.refresh(purchase)
        return
    session = stripe_gateway.retrieve_checkout_session(session_id)
    if session.status == "expired":
        fulfilment.close(session, status=Purchase.Status.EXPIRED)
    else:
        fulfilment.fulfil(session)


def _close_unopened(purchase: Purchase) -> None:
    Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.PENDING).update(
        status=Purchase.Status.EXPIRED, closed_at=timezone.now()
    )
