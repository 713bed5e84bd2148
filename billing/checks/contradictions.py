"""Settings that are possible each, and not together."""

from collections.abc import Iterator
from typing import Final

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004

from billing import conf, stripe_gateway

DAY: Final = 86_400  # seconds
# What a session must not say with Managed Payments on, by the setting that would make it say so.
# https://docs.stripe.com/payments/managed-payments/update-checkout
SEEN_TO_BY_STRIPE: Final = (
    ("BILLING_AUTOMATIC_TAX", conf.automatic_tax),
    ("BILLING_TAX_ID_COLLECTION", conf.tax_id_collection),
    ("BILLING_INVOICE_CREATION", conf.invoice_creation),
    ("PAYMENT_METHOD_TYPES", conf.payment_method_types),
)


def contradictions() -> Iterator[CheckMessage]:
    yield from _of_top_ups()
    names, currency = conf.payment_method_types(), conf.currency()
    if names and not stripe_gateway.payment_methods_in(currency, names):
        yield Warning(
            f"Of the PAYMENT_METHOD_TYPES ({', '.join(names)}), Stripe takes none in {currency},"
            " the BILLING_CURRENCY: it would refuse every purchase.",
            hint="Add one that it takes, or leave them out and let Stripe choose.",
            id="billing.W002",
        )
    yield from _managed_payments()
    if conf.tax_id_collection() and not (conf.invoice_creation() or conf.automatic_tax()):
        yield Warning(
            "BILLING_TAX_ID_COLLECTION is on, and nothing comes of the tax numbers: no invoice"
            " shows them, and no tax is calculated.",
            hint="Turn BILLING_INVOICE_CREATION or BILLING_AUTOMATIC_TAX on as well.",
            id="billing.W010",
        )
    if conf.reconcile_patience() >= conf.reconcile_days() * DAY:
        yield Warning(
            f"BILLING_RECONCILE_PATIENCE is {conf.reconcile_patience():.0f} seconds, as long as the"
            " BILLING_RECONCILE_DAYS that are looked at: nothing would ever be called a"
            " difference.",
            hint="Leave BILLING_RECONCILE_PATIENCE out for its default, 10 seconds.",
            id="billing.W003",
        )


def _managed_payments() -> Iterator[CheckMessage]:
    if not conf.managed_payments():
        return
    set_too = [name for name, is_set in SEEN_TO_BY_STRIPE if is_set()]
    if set_too:
        yield Error(
            f"BILLING_MANAGED_PAYMENTS is on, and so is {', '.join(set_too)}: Stripe sees to that"
            " itself then, and would refuse every purchase.",
            hint="Leave out the one or the other. docs/tax.md says what Managed Payments are.",
            id="billing.E035",
        )
    if not stripe_gateway.knows_managed_payments:
        yield Error(
            f"BILLING_MANAGED_PAYMENTS is on, and the installed stripe speaks"
            f" {stripe_gateway.API_VERSION}, which does not know them.",
            hint="Install a newer release of stripe 15.",
            id="billing.E036",
        )


def _of_top_ups() -> Iterator[CheckMessage]:
    """Find what a charge without Stripe's page cannot do: the page calculates the tax."""
    for name, is_on in (
        ("BILLING_AUTOMATIC_TAX", conf.automatic_tax()),
        ("BILLING_MANAGED_PAYMENTS", conf.managed_payments()),
    ):
        if conf.top_ups() and is_on:
            yield Error(
                f"BILLING_TOP_UPS and {name} are both on: a saved card is charged without"
                " Stripe's page, and so without its tax.",
                hint="Switch one of them off.",
                id="billing.E027",
            )
