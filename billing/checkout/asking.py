"""Stripe is asked for the page of a purchase; what it has lost meanwhile is made anew."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse

from billing import catalog, conf, stripe_gateway
from billing.checkout.errors import PlanUnavailable
from billing.models import Purchase
from billing.stripe_gateway.objects import CheckoutSession
from billing.users import customers


def open_page(purchase: Purchase, *, user: AbstractBaseUser) -> CheckoutSession:
    """
    Have Stripe open a page. A customer or price that it has no more is made anew, each once.

    :raises PlanUnavailable: if somebody has taken the price off sale at Stripe
    :raises GatewayError: if Stripe did not open one
    """
    made_anew: set[str] = set()
    while True:
        customer_id = customers.id_for(user)
        new = _session_for(purchase, user_id=str(user.pk), customer_id=customer_id)
        try:
            return stripe_gateway.create_checkout_session(new)
        except stripe_gateway.GatewayRefused as error:
            what = error.param.partition("[")[0]
            if what not in {"customer", "line_items"} or what in made_anew:
                raise
            made_anew.add(what)
            if what == "customer":
                customers.mark_missing(customer_id)
            elif not _renew_price(purchase):
                raise


def _renew_price(purchase: Purchase) -> bool:
    """Take another price of the same terms where Stripe has lost the one of the purchase."""
    price = catalog.renewed(purchase.plan_price)
    if price is None:
        raise PlanUnavailable(purchase.plan.slug)
    if price.pk == purchase.plan_price_id:
        return False
    purchase.plan_price = price
    Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.PENDING).update(plan_price=price)
    return True


def _session_for(
    purchase: Purchase, *, user_id: str, customer_id: str
) -> stripe_gateway.NewCheckoutSession:
    page = conf.site_url() + reverse("billing:purchase", args=[purchase.uuid])
    price = purchase.plan_price
    return stripe_gateway.NewCheckoutSession(
        purchase_uuid=str(purchase.uuid),
        user_id=user_id,
        price=_inline(purchase) if price.is_by_amount else price.stripe_price_id or "",
        price_reference=price.reference,
        quantity=purchase.quantity,
        customer_id=customer_id,
        success_url=f"{page}?returned=paid",
        cancel_url=f"{page}?returned=canceled",
        expires_at=purchase.expires_at,
        allow_promotion_codes=purchase.allow_promotion_codes,
        payment_method_types=_payment_methods(purchase.currency),
        tax=_tax_options(purchase),
    )


def _payment_methods(currency: str) -> tuple[str, ...]:
    """Leave out what Stripe does not take in a currency; where that is all, let Stripe say so."""
    names = conf.payment_method_types()
    return stripe_gateway.payment_methods_in(currency, names) or names


def _tax_options(purchase: Purchase) -> stripe_gateway.TaxOptions:
    """Ask for what was promised, and for what the site wants now besides."""
    return stripe_gateway.TaxOptions(
        automatic_tax=purchase.automatic_tax,
        tax_id_collection=conf.tax_id_collection(),
        billing_address_collection=conf.billing_address_collection(),
        invoice_creation=conf.invoice_creation(),
        managed_payments=purchase.managed_payments,
    )


def _inline(purchase: Purchase) -> stripe_gateway.InlinePrice:
    return stripe_gateway.InlinePrice(
        product_id=purchase.plan_price.stripe_product_id or "",
        currency=purchase.currency,
        unit_amount=purchase.unit_amount,
        tax_behavior=purchase.tax_behavior,
    )
