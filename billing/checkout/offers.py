"""What can be bought now, and what it costs."""

from billing import conf
from billing.checkout.errors import PlanUnavailable
from billing.models import PlanPrice
from billing.models.prices import PlanPriceQuerySet


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


def _on_sale(currency: str | None) -> PlanPriceQuerySet:
    return PlanPrice.objects.on_sale(
        currency=currency or conf.currency(), livemode=conf.livemode()
    ).select_related("plan")
