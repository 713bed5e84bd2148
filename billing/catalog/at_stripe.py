"""What Stripe says of a price and its product: asked for, or told by an event."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from billing import stripe_gateway, wording
from billing.models import PlanPrice

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Stripe has: `problem`, of `wording`, says why nobody can buy; empty where people can."""

    problem: str = ""
    # Somebody took the price or its product off sale there, and both exist.
    is_archived: bool = False
    # As of when, by Stripe's clock; None where it has no such thing.
    at: datetime | None = None


def ask(price: PlanPrice) -> Answer:
    """
    Ask Stripe about a published price: its product, and the price where Stripe has one.

    :raises GatewayUnavailable: if Stripe did not answer
    """
    product = ask_about("products", price.stripe_product_id or "")
    if product.problem or price.is_by_amount:
        return product
    return ask_about("prices", price.stripe_price_id or "")


def ask_about(kind: str, stripe_id: str) -> Answer:
    """
    Ask Stripe whether a product or price is on sale there.

    :param kind: `products` or `prices`
    :raises GatewayUnavailable: if Stripe did not answer
    """
    try:
        is_active, at = stripe_gateway.is_active(kind, stripe_id)
    except stripe_gateway.GatewayMissing:
        return Answer(problem=wording.code("missing_at_stripe", id=stripe_id))
    if is_active:
        return Answer(at=at)
    return Answer(problem=_archived(stripe_id), is_archived=True, at=at)


def note(price: PlanPrice, answer: Answer) -> None:
    """Keep with a price what Stripe says of it."""
    PlanPrice.objects.filter(pk=price.pk).update(
        is_off_sale_at_stripe=bool(answer.problem),
        stripe_said_at=answer.at,
        problem=answer.problem,
    )
    price.refresh_from_db()


def note_news(stripe_id: str, *, is_active: bool, was_deleted: bool = False, at: datetime) -> None:
    """
    Keep what an event says of a price or product: a warning for staff, or that it is over.

    An event that is older than what is known changes nothing.

    :param at: when Stripe said so
    """
    prices = PlanPrice.objects.filter(
        Q(stripe_price_id=stripe_id) | Q(stripe_product_id=stripe_id),
        Q(stripe_said_at=None) | Q(stripe_said_at__lte=at),
        is_active=True,
    ).exclude(published_at=None)
    if is_active and not was_deleted:
        # Only what this one was blamed for: the other of price and product may be off sale still.
        warned = prices.filter(is_off_sale_at_stripe=True, problem__contains=f'"{stripe_id}"')
        if warned.update(is_off_sale_at_stripe=False, stripe_said_at=at, problem=""):
            log.info("price_on_sale_again", extra={"stripe_id": stripe_id})
        return
    problem = (
        wording.code("deleted_at_stripe", id=stripe_id) if was_deleted else _archived(stripe_id)
    )
    if prices.update(is_off_sale_at_stripe=True, stripe_said_at=at, problem=problem):
        log.warning("price_off_sale_at_stripe", extra={"stripe_id": stripe_id})


def _archived(stripe_id: str) -> str:
    return wording.code("archived_at_stripe", id=stripe_id)
