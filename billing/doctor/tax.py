"""Tax at Stripe: whether the account is where it has to be for what the settings ask for."""

from collections.abc import Iterator

from billing import conf, stripe_gateway
from billing.doctor.findings import Finding
from billing.models import CreditPlan, PlanPrice
from billing.models.prices import TaxBehavior

SETTINGS = "Dashboard, Settings, Tax (https://dashboard.stripe.com/settings/tax)"


def examine() -> Iterator[Finding]:
    """
    Look at the tax settings, the registrations and the tax codes.

    :raises GatewayUnavailable: if Stripe does not answer
    """
    if conf.managed_payments():
        yield from _managed_payments()
    if conf.automatic_tax():
        try:
            yield from _automatic_tax()
        except stripe_gateway.GatewayRefused as error:
            yield Finding.watch(
                f"Stripe does not let this key see the tax settings: {error}",
                "Give the restricted key the permission to read Tax settings and registrations.",
            )


def _automatic_tax() -> Iterator[Finding]:
    settings = stripe_gateway.tax_settings()
    if not settings.is_active:
        missing = ", ".join(settings.missing) or "something"
        yield Finding.wrong(
            f"BILLING_AUTOMATIC_TAX is on, and Stripe cannot calculate tax: {missing} is missing."
            " Every purchase is refused.",
            f"Complete it in the {SETTINGS}.",
        )
        return
    countries = sorted(set(stripe_gateway.tax_registrations()))
    if not countries:
        yield Finding.wrong(
            "BILLING_AUTOMATIC_TAX is on, and the account is registered nowhere: Stripe collects"
            " no tax from anybody.",
            f"Add the registrations that you have in the {SETTINGS}, or turn the setting off.",
        )
        return
    yield Finding.well(f"Stripe calculates tax, and collects it in {', '.join(countries)}.")
    if not settings.tax_behavior:
        yield from _silent_prices()


def _silent_prices() -> Iterator[Finding]:
    """Stripe refuses a price that does not say, where the account does not say either."""
    silent = PlanPrice.objects.filter(
        is_active=True,
        livemode=conf.livemode(),
        plan__is_active=True,
        tax_behavior=TaxBehavior.UNSPECIFIED,
    ).select_related("plan")
    for price in silent.order_by("pk"):
        yield Finding.wrong(
            f"{price}: neither the price nor the account says whether tax is in it.",
            f"Set a default in the {SETTINGS}, or set the plan's price again in admin and say so.",
        )


def _managed_payments() -> Iterator[Finding]:
    """https://docs.stripe.com/payments/managed-payments/update-checkout wants tax codes."""
    without = CreditPlan.objects.on_sale().filter(tax_code="")
    for plan in without:
        yield Finding.wrong(
            f"BILLING_MANAGED_PAYMENTS is on, and the plan {plan} has no tax code: Stripe refuses"
            " every purchase of it.",
            "Give the plan a tax code in admin that is eligible for Managed Payments.",
        )
    if not without:
        yield Finding.well("Every plan on sale has a tax code, as Managed Payments want.")
