"""
Publishing: a price that staff saved becomes a Product and a Price at Stripe.

A price change is a new row. The old price stays on sale until Stripe has the new one, and is
archived there afterwards. Whatever Stripe refuses or fails to answer stays with the row as its
`problem`, and publishing again goes on from there.
"""

import logging

from django.db import transaction
from django.utils import timezone

from billing import conf, stripe_gateway
from billing.models import CreditPlan, PlanPrice

log = logging.getLogger(__name__)


def set_price(*, plan: CreditPlan, currency: str, unit_amount: int) -> PlanPrice:
    """
    Give a plan a price, and publish it.

    Returns the row in any case: when Stripe is down it is saved and not published, with the
    reason in `problem`, and a price that was on sale before stays so.

    :param unit_amount: in the currency's smallest unit
    """
    price = _save(plan=plan, currency=currency, unit_amount=unit_amount)
    try:
        return publish(price)
    except stripe_gateway.GatewayError:
        price.refresh_from_db()
        return price


def publish(price: PlanPrice) -> PlanPrice:
    """
    Bring a price to Stripe, put it on sale here, and archive the ones that it replaces.

    Safe to repeat.

    :raises GatewayError: if Stripe did not take it; the row keeps the reason as `problem`
    """
    try:
        if not price.is_published:
            product_id = price.stripe_product_id or _product_id_for(price)
            stripe_price_id = stripe_gateway.create_price(
                product_id=product_id,
                currency=price.currency,
                unit_amount=price.unit_amount,
                plan_price_id=price.pk,
                idempotency_key=f"planprice:{price.pk}:{price.created_at.timestamp()}",
            )
            price = _put_on_sale(price, product_id=product_id, stripe_price_id=stripe_price_id)
        _archive_replaced(price)
    except stripe_gateway.GatewayError as error:
        log.warning("price_not_published", extra={"price": price.pk, "error": str(error)})
        _note_problem(price, str(error))
        raise
    _note_problem(price, "")
    return price


def withdraw(price: PlanPrice) -> PlanPrice:
    """
    Take a price off sale, here at once and at Stripe.

    :raises GatewayError: if Stripe did not archive it; it is off sale here all the same
    """
    PlanPrice.objects.filter(pk=price.pk).update(is_active=False)
    price.refresh_from_db()
    _archive(price)
    return price


def refresh_product(plan: CreditPlan) -> None:
    """
    Show a plan's present name and description on Stripe's payment page.

    :raises GatewayError: if Stripe did not take them
    """
    products = (
        PlanPrice.objects.filter(plan=plan, livemode=conf.livemode())
        .exclude(stripe_product_id=None)
        .values_list("stripe_product_id", flat=True)
        .distinct()
    )
    for product_id in products:
        stripe_gateway.update_product(
            product_id=str(product_id), name=plan.name, description=plan.description
        )


def _note_problem(price: PlanPrice, message: str) -> None:
    PlanPrice.objects.filter(pk=price.pk).update(problem=message)
    price.problem = message


@transaction.atomic
def _save(*, plan: CreditPlan, currency: str, unit_amount: int) -> PlanPrice:
    CreditPlan.objects.select_for_update().get(pk=plan.pk)
    livemode = conf.livemode()
    same = (
        PlanPrice.objects.filter(
            plan=plan, currency=currency, livemode=livemode, unit_amount=unit_amount
        )
        .filter(is_active=True)
        .first()
    )
    if same:
        return same
    waiting = PlanPrice.objects.filter(
        plan=plan, currency=currency, livemode=livemode, stripe_price_id=None
    )
    waiting.exclude(unit_amount=unit_amount).delete()
    return waiting.first() or PlanPrice.objects.create(
        plan=plan,
        currency=currency,
        unit_amount=unit_amount,
        livemode=livemode,
        is_active=False,
    )


def _product_id_for(price: PlanPrice) -> str:
    """One Product a plan and mode: a sibling's, or a new one."""
    sibling = (
        PlanPrice.objects.filter(plan=price.plan, livemode=price.livemode)
        .exclude(stripe_product_id=None)
        .order_by("-id")
        .first()
    )
    product_id = sibling.stripe_product_id if sibling else None
    if product_id is None:
        product_id = stripe_gateway.create_product(
            name=price.plan.name,
            description=price.plan.description,
            plan_id=price.plan.pk,
            idempotency_key=f"plan:{price.plan.pk}:{price.plan.created_at.timestamp()}",
        )
    PlanPrice.objects.filter(pk=price.pk).update(stripe_product_id=product_id)
    return product_id


@transaction.atomic
def _put_on_sale(price: PlanPrice, *, product_id: str, stripe_price_id: str) -> PlanPrice:
    CreditPlan.objects.select_for_update().get(pk=price.plan.pk)
    PlanPrice.objects.filter(
        plan=price.plan, currency=price.currency, livemode=price.livemode, is_active=True
    ).exclude(pk=price.pk).update(is_active=False)
    PlanPrice.objects.filter(pk=price.pk, stripe_price_id=None).update(
        stripe_product_id=product_id,
        stripe_price_id=stripe_price_id,
        published_at=timezone.now(),
        is_active=True,
    )
    price.refresh_from_db()
    log.info("price_published", extra={"price": price.pk, "stripe_price": stripe_price_id})
    return price


def _archive_replaced(price: PlanPrice) -> None:
    replaced = PlanPrice.objects.filter(
        plan=price.plan,
        currency=price.currency,
        livemode=price.livemode,
        is_active=False,
        archived_at=None,
    ).exclude(stripe_price_id=None)
    for old in replaced:
        _archive(old)


def _archive(price: PlanPrice) -> None:
    if price.stripe_price_id:
        stripe_gateway.archive_price(price_id=price.stripe_price_id)
        PlanPrice.objects.filter(pk=price.pk).update(archived_at=timezone.now())
