"""One switch for a plan: off sale, and for sale again at the prices that it had."""

import logging

from billing import conf
from billing.catalog import publishing
from billing.models import CreditPlan, PlanPrice
from billing.models.prices import PlanPriceQuerySet

log = logging.getLogger(__name__)


class NeverPriced(Exception):
    """The plan never had a price in this mode: there is none to sell it at again."""


def sell_again(plan: CreditPlan) -> list[PlanPrice]:
    """
    Put a plan on sale at the prices that it has, or had last.

    A price that is on sale here is asked about at Stripe, and made anew where nobody can buy at
    it. Where none is, the newest in the site's own currency comes back, else the newest of all.

    :returns: the prices that are on sale now
    :raises NeverPriced: if it has none; it stays as it was
    :raises GatewayError: if Stripe did not take one; its row says why
    """
    prices = PlanPrice.objects.filter(plan=plan, livemode=conf.livemode()).select_related("plan")
    wanted = list(prices.filter(is_active=True).order_by("pk")) or _last(prices)
    if not wanted:
        raise NeverPriced(f"{plan} never had a price.")
    CreditPlan.objects.filter(pk=plan.pk).update(is_active=True)
    plan.is_active = True
    log.info("plan_for_sale_again", extra={"plan": plan.slug})
    return [_on_sale(price) for price in wanted]


def take_off_sale(plan: CreditPlan) -> None:
    """Let nobody buy a plan any more. Its prices stay as they are, here and at Stripe."""
    CreditPlan.objects.filter(pk=plan.pk).update(is_active=False)
    plan.is_active = False
    log.info("plan_off_sale", extra={"plan": plan.slug})


def _last(prices: PlanPriceQuerySet) -> list[PlanPrice]:
    """Find the price to come back to where none is on sale."""
    newest = prices.order_by("-pk")
    found = newest.filter(currency=conf.currency()).first() or newest.first()
    return [found] if found else []


def _on_sale(price: PlanPrice) -> PlanPrice:
    """Publish a price; one that was withdrawn comes back as a new row."""
    if price.is_active or not price.is_published:
        return publishing.publish(price)
    return publishing.publish(publishing.alike(price))
