"""
Nobody pays twice while a payment of theirs may have arrived.

Before a new page is opened, Stripe is asked about each page of the person's that is open: the news
of a payment may be on its way still. Where one was paid, *Buy* leads to its credits. Where a bank
is at work on one, or our staff look at it, *Buy* leads to that, and goes on only for somebody who
was told of it. https://docs.stripe.com/checkout/fulfillment
"""

from uuid import UUID

from django.utils import timezone

from billing import conf, fulfilment
from billing.models import Purchase
from billing.models.display_states import maybe_paid
from billing.stripe_gateway import GatewayUnavailable
from credits.models import Account


class PendingPayment(Exception):
    """A purchase was not started: an earlier one was paid, or may have been. Nothing happened."""

    def __init__(self, purchase: Purchase) -> None:
        super().__init__(f"{purchase} is {purchase.status}.")
        self.purchase = purchase


class PaidMeanwhile(PendingPayment):
    """An open page was paid, and its credits have arrived just now."""


class MayBePaid(PendingPayment):
    """A bank or our staff have not said yet what becomes of an earlier payment."""


def ask_about_open_pages(account: Account, *, plan_slug: str, form_token: UUID) -> None:
    """
    Ask Stripe about the person's open pages, but for that of the form itself.

    Of the plan's own page Stripe may be silent: *Buy* leads to that same page, which takes one
    payment and no second.

    :raises PaidMeanwhile: if one of them was paid
    :raises GatewayError: if Stripe did not say, and the purchase would be another one
    """
    opened = account.purchases.filter(
        status=Purchase.Status.OPEN, problem="", livemode=conf.livemode()
    )
    for purchase in opened.exclude(form_token=form_token).select_related("plan").order_by("-pk"):
        try:
            fulfilment.refresh(purchase)
        except GatewayUnavailable:
            if purchase.plan.slug != plan_slug:
                raise
        refuse_paid(purchase)


def refuse_paid(purchase: Purchase) -> None:
    """
    Stop at a purchase that turned out to be paid.

    :raises PaidMeanwhile: if it is
    """
    if purchase.is_paid:
        raise PaidMeanwhile(purchase)


def refuse_untold(account: Account, *, told: UUID | None) -> None:
    """
    Stop at a payment that may arrive yet, unless the person has been told of that one.

    :raises MayBePaid: if there is one
    """
    pending = newest(account)
    if pending is not None and pending.uuid != told:
        raise MayBePaid(pending)


def newest(account: Account) -> Purchase | None:
    """Find the newest purchase that may have been paid already."""
    theirs = account.purchases.filter(livemode=conf.livemode())
    pending = maybe_paid(theirs, at=timezone.now())
    return pending.select_related("plan").order_by("-created_at", "-id").first()
