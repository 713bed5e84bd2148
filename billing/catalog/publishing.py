"""
Publishing: a price that staff saved becomes a Product and a Price at Stripe.

Of a price by amount Stripe has the product alone; each session names its own amount.
A price change is a new row. The old price stays on sale until Stripe has the new one, and is
archived there afterwards. Whatever Stripe refuses or fails to answer stays with the row as its
`problem`, and publishing again goes on from there. A published price that Stripe has no more is
replaced by a row of the same terms: what was published is never rewritten.
"""

import logging
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from billing import conf, stripe_gateway, wording
from billing.catalog import at_stripe
from billing.catalog.terms import Amounts, check_terms
from billing.models import CreditPlan, PlanPrice
from billing.models.prices import PlanPriceQuerySet, TaxBehavior

log = logging.getLogger(__name__)

# What a price promises, and so does one that replaces it.
TERMS: Final = (
    "currency",
    "unit_amount",
    "tax_behavior",
    "amount_minimum",
    "amount_maximum",
    "amount_step",
)


def set_price(
    *,
    plan: CreditPlan,
    currency: str,
    unit_amount: int,
    amounts: Amounts | None = None,
    tax_behavior: str = TaxBehavior.UNSPECIFIED,
) -> PlanPrice:
    """
    Give a plan a price, and publish it.

    Returns the row in any case: when Stripe is down it is saved and not published, with the
    reason in `problem`, and a price that was on sale before stays so.

    :param unit_amount: in the currency's smallest unit
    :param amounts: what the buyer may choose to pay; then `unit_amount` is what the plan's credits
        cost, and is not charged itself
    :param tax_behavior: whether tax comes on top of it or is in it; as one price has said it once,
        so it stays: https://docs.stripe.com/tax/products-prices-tax-codes-tax-behavior
    :raises TermsError: if nothing can be sold so
    """
    check_terms(
        currency=currency, unit_amount=unit_amount, amounts=amounts, credits=plan.total_credits
    )
    terms = _terms(
        currency=currency, unit_amount=unit_amount, amounts=amounts, tax_behavior=tax_behavior
    )
    price = _save(plan=plan, terms=terms)
    try:
        return publish(price)
    except stripe_gateway.GatewayError:
        price.refresh_from_db()
        return price


def publish(price: PlanPrice) -> PlanPrice:
    """
    Bring a price to Stripe, put it on sale here, and archive the ones that it replaces.

    Safe to repeat. Of a price that is on sale already it asks Stripe, and makes it anew where
    nobody can buy at it.

    :returns: the row that is on sale
    :raises GatewayError: if Stripe did not take it; the row keeps the reason as `problem`
    """
    problem = "stripe_said"
    try:
        if price.is_published and price.is_active:
            problem = "price_not_confirmed"
            answer = at_stripe.ask(price)
            if answer.problem:
                price = _replace(price, why=answer.problem)
            else:
                at_stripe.note(price, answer)
        elif not price.is_published:
            price = _create(price)
        problem = "old_price_remains"
        _archive_replaced(price)
    except stripe_gateway.GatewayError as error:
        log.warning("price_not_published", extra={"price": price.pk, "error": str(error)})
        _note_problem(price, wording.code(problem, message=error))
        raise
    _note_problem(price, "")
    return price


def renewed(price: PlanPrice) -> PlanPrice | None:
    """
    Find what to sell instead of a price that Stripe refused to a buyer.

    What Stripe has no more is made anew. What somebody took off sale there stays so: that is noted
    for staff, who may publish it again.

    :returns: a price of the same terms, or the same row where nothing is wrong with it; None where
        it is not on sale any more
    :raises GatewayError: if Stripe does not answer, or refuses a new one
    """
    price = PlanPrice.objects.select_related("plan").get(pk=price.pk)
    if not price.is_active:
        return _others(price).filter(is_active=True, **_terms_of(price)).first()
    answer = at_stripe.ask(price)
    if answer.is_archived:
        at_stripe.note(price, answer)
        log.warning("price_off_sale_at_stripe", extra={"price": price.pk})
        return None
    return _replace(price, why=answer.problem) if answer.problem else price


def alike(price: PlanPrice) -> PlanPrice:
    """Give a row of the same terms that can be published: it may wait already, or is made."""
    return _save(plan=price.plan, terms=_terms_of(price))


def withdraw(price: PlanPrice) -> PlanPrice:
    """
    Take a price off sale, here at once and at Stripe.

    :raises GatewayError: if Stripe did not archive it; it is off sale here all the same
    """
    PlanPrice.objects.filter(pk=price.pk).update(is_active=False, problem="")
    price.refresh_from_db()
    _archive(price)
    return price


def refresh_product(plan: CreditPlan) -> None:
    """
    Show a plan's present name and description on Stripe's payment page.

    :raises GatewayError: if Stripe did not take them
    """
    products = (
        PlanPrice.objects.filter(plan=plan, livemode=conf.livemode(), is_active=True)
        .exclude(stripe_product_id=None)
        .values_list("stripe_product_id", flat=True)
        .distinct()
    )
    for product_id in products:
        stripe_gateway.update_product(
            product_id=str(product_id),
            name=plan.name,
            description=plan.description,
            tax_code=plan.tax_code,
        )


def _terms(
    *, currency: str, unit_amount: int, amounts: Amounts | None, tax_behavior: str
) -> dict[str, Any]:
    return {
        "currency": currency,
        "unit_amount": unit_amount,
        "tax_behavior": tax_behavior,
        "amount_minimum": amounts and amounts.minimum,
        "amount_maximum": amounts and amounts.maximum,
        "amount_step": amounts and amounts.step,
    }


def _terms_of(price: PlanPrice) -> dict[str, Any]:
    return {name: getattr(price, name) for name in TERMS}


def _note_problem(price: PlanPrice, problem: str) -> None:
    PlanPrice.objects.filter(pk=price.pk).update(problem=problem)
    price.problem = problem


@transaction.atomic
def _save(*, plan: CreditPlan, terms: dict[str, Any]) -> PlanPrice:
    CreditPlan.objects.select_for_update().get(pk=plan.pk)
    ours = PlanPrice.objects.filter(plan=plan, livemode=conf.livemode())
    same = ours.filter(is_active=True, **terms).first()
    if same:
        return same
    waiting = ours.filter(currency=terms["currency"], published_at=None)
    alike = waiting.filter(**terms).first()
    (waiting.exclude(pk=alike.pk) if alike else waiting).delete()
    return alike or PlanPrice.objects.create(
        plan=plan, livemode=conf.livemode(), is_active=False, **terms
    )


def _create(price: PlanPrice) -> PlanPrice:
    product_id = _product_id_for(price)
    if price.is_by_amount:
        return _put_on_sale(price, product_id=product_id, stripe_price_id=None)
    stripe_price_id = stripe_gateway.create_price(
        product_id=product_id,
        currency=price.currency,
        unit_amount=price.unit_amount,
        tax_behavior=price.tax_behavior,
        plan_price_id=price.pk,
        key=f"planprice:{price.pk}:{price.created_at.timestamp()}",
    )
    return _put_on_sale(price, product_id=product_id, stripe_price_id=stripe_price_id)


def _product_id_for(price: PlanPrice) -> str:
    """
    One Product a plan and mode: its own, a sibling's, or a new one where Stripe sells neither.

    A new one's key names the one that it replaces, so that Stripe does not answer with that.
    """
    known = price.stripe_product_id
    if known is None:
        siblings = PlanPrice.objects.filter(plan=price.plan, livemode=price.livemode)
        sibling = siblings.exclude(stripe_product_id=None).order_by("-id").first()
        known = sibling.stripe_product_id if sibling else None
    product_id = known
    if product_id is None or at_stripe.ask_about("products", product_id).problem:
        product_id = stripe_gateway.create_product(
            name=price.plan.name,
            description=price.plan.description,
            tax_code=price.plan.tax_code,
            plan_id=price.plan.pk,
            key=f"plan:{price.plan.pk}:{price.plan.created_at.timestamp()}:{known or ''}",
        )
    PlanPrice.objects.filter(pk=price.pk, published_at=None).update(stripe_product_id=product_id)
    return product_id


def _replace(price: PlanPrice, *, why: str) -> PlanPrice:
    """Put a new row of the same terms on sale; the old one keeps why, and is sold no more."""
    successor = _create(_successor(price))
    PlanPrice.objects.filter(pk=price.pk).update(
        is_off_sale_at_stripe=True, problem=why, archived_at=timezone.now()
    )
    log.warning("price_replaced", extra={"price": price.pk, "by": successor.pk, "why": why})
    return successor


@transaction.atomic
def _successor(price: PlanPrice) -> PlanPrice:
    CreditPlan.objects.select_for_update().get(pk=price.plan_id)
    waiting = _others(price).filter(published_at=None, **_terms_of(price))
    return waiting.select_related("plan").first() or PlanPrice.objects.create(
        plan=price.plan, livemode=price.livemode, is_active=False, **_terms_of(price)
    )


def _others(price: PlanPrice) -> PlanPriceQuerySet:
    """Find a plan's other prices of the same currency and mode."""
    return PlanPrice.objects.filter(
        plan=price.plan, currency=price.currency, livemode=price.livemode
    ).exclude(pk=price.pk)


@transaction.atomic
def _put_on_sale(price: PlanPrice, *, product_id: str, stripe_price_id: str | None) -> PlanPrice:
    CreditPlan.objects.select_for_update().get(pk=price.plan.pk)
    PlanPrice.objects.filter(
        plan=price.plan, currency=price.currency, livemode=price.livemode, is_active=True
    ).exclude(pk=price.pk).update(is_active=False)
    PlanPrice.objects.filter(pk=price.pk, published_at=None).update(
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
    ).exclude(published_at=None)
    for old in replaced:
        _archive(old)


def _archive(price: PlanPrice) -> None:
    if price.stripe_price_id:
        stripe_gateway.archive_price(price_id=price.stripe_price_id)
    if price.is_published:
        PlanPrice.objects.filter(pk=price.pk).update(archived_at=timezone.now())
