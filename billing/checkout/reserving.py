"""
A purchase is written down, once, before Stripe is asked for its page.

A person has one purchase of a plan at checkout, however often they press *Buy*. One of other terms,
such as another number or currency, takes the place of the first, whose page is closed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from billing import catalog, conf
from billing.checkout import offers, pending_payments
from billing.checkout.errors import AlreadyFinished, TooManyCheckouts
from billing.models import Purchase
from credits.models import Account

# Stripe opens a session for 30 minutes to 24 hours, to the second: a call takes its time.
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
LEEWAY = timedelta(minutes=1)


class Wish(NamedTuple):
    """What a form says that somebody wants."""

    plan_slug: str
    currency: str
    quantity: int
    amount: int | None


@dataclass(frozen=True, kw_only=True)
class Reserved:
    purchase: Purchase
    # It was there before, so Stripe may have been asked for it.
    is_known: bool = True
    # It waits for payment, but of other terms, or for too long.
    is_in_the_way: bool = False


@transaction.atomic
def reserve(account: Account, wish: Wish, *, form_token: UUID, beside: UUID | None) -> Reserved:
    """Find the form's purchase, or the one of this plan that waits for payment, or write one."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    now = timezone.now()
    known = _of_form(account, wish, form_token)
    if known:
        if not known.is_at_checkout or known.expires_at <= now:
            raise AlreadyFinished(known)
        _keep_expiry_possible(known, now=now)
        return Reserved(purchase=known)
    pending_payments.refuse_untold(account, told=beside)
    price = offers.offer(plan_slug=wish.plan_slug, currency=wish.currency)
    order = catalog.order(price, quantity=wish.quantity, amount=wish.amount)
    promised = Purchase.snapshot_of(price, quantity=order.quantity, unit_amount=order.unit_amount)
    waiting = account.purchases.at_checkout(price).first()
    if waiting:
        if waiting.expires_at <= now or not waiting.promises(promised):
            return Reserved(purchase=waiting, is_in_the_way=True)
        _keep_expiry_possible(waiting, now=now)
        return Reserved(purchase=waiting)
    _refuse_too_many(account, now=now)
    purchase = Purchase.objects.create(
        account=account, form_token=form_token, session_expires_at=_expiry(now), **promised
    )
    return Reserved(purchase=purchase, is_known=False)


def _of_form(account: Account, wish: Wish, form_token: UUID) -> Purchase | None:
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
