"""
Managed Payments: Stripe is the merchant of record, and sees to tax and invoices itself.

What a session must not say then is on
https://docs.stripe.com/payments/managed-payments/update-checkout, "Remove unsupported parameters".
"""

from typing import Any

from stripe_sandbox.errors import refused
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

REFUSED = (
    "adaptive_pricing",
    "automatic_tax",
    "custom_text",
    "invoice_creation",
    "payment_method_configuration",
    "payment_method_types",
    "shipping_address_collection",
    "shipping_options",
    "tax_id_collection",
)
REFUSED_UPDATES = ("address", "name")


def decide(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """
    Say in the parameters whether it is on: newer accounts have it on unless a session says no.

    :raises StripeError: in Stripe's words, if the session says what it must not
    """
    by_default = world.switches.managed_payments_by_default
    is_on = params.get("managed_payments", {}).get("enabled", by_default)
    params = {**params, "managed_payments": {"enabled": is_on}}
    if not is_on:
        return params
    given = [name for name in REFUSED if name in params]
    updates = params.get("customer_update", {})
    given += [f"customer_update[{name}]" for name in REFUSED_UPDATES if name in updates]
    if given:
        raise refused(_sentence(given[0], by_default=by_default), param=given[0])
    return params


def check_products(world: World, items: list[Object]) -> None:
    """
    Refuse what has no tax code, by which the tax is found.

    :raises StripeError: in Stripe's words
    """
    for number, item in enumerate(items):
        if world.store.get(item["price"]["product"], "product")["tax_code"] is None:
            raise refused(
                f"Invalid line_items[{number}]: the product tax code is missing. Product tax code"
                " is required for Managed Payments.",
                param=f"line_items[{number}]",
            )


def _sentence(name: str, *, by_default: bool) -> str:
    if not by_default:
        return f"{name} cannot be used with Managed Payments."
    return (
        f"{name} cannot be used with Managed Payments, which is enabled by default on your"
        f" account. Remove {name}, or pass managed_payments[enabled]=false to disable it for this"
        " request."
    )
