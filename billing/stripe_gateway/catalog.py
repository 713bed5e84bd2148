"""What is for sale, as Stripe shows it."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from billing.stripe_gateway.calling import client, errors, get, key_for, once
from billing.stripe_gateway.problems import GatewayMissing


def create_product(*, name: str, description: str, tax_code: str, plan_id: int, key: str) -> str:
    """Make a Product and return its id; the same one for the same key and words."""
    params: dict[str, Any] = {"name": name, "metadata": {"plan_id": str(plan_id)}}
    if description:
        params["description"] = description
    if tax_code:
        params["tax_code"] = tax_code
    with errors():
        product = once(
            lambda: client(retries=1).v1.products.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": key_for(key, params)},
            )
        )
    return product.id


def update_product(*, product_id: str, name: str, description: str, tax_code: str) -> None:
    """Give a Product the name and words that the payment page shows, and what it is taxed as."""
    with errors():
        client(retries=1).v1.products.update(
            product_id,
            params={"name": name, "description": description, "tax_code": tax_code},
        )


def create_price(
    *,
    product_id: str,
    currency: str,
    unit_amount: int,
    tax_behavior: str,
    plan_price_id: int,
    key: str,
) -> str:
    """
    Make a one-time Price and return its id; the same one for the same key and terms.

    :param unit_amount: in the currency's smallest unit
    """
    params: dict[str, Any] = {
        "product": product_id,
        "currency": currency,
        "unit_amount": unit_amount,
        "metadata": {"plan_price_id": str(plan_price_id)},
    }
    if tax_behavior != "unspecified":
        params["tax_behavior"] = tax_behavior
    with errors():
        price = once(
            lambda: client(retries=1).v1.prices.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": key_for(key, params)},
            )
        )
    return price.id


def archive_price(*, price_id: str) -> None:
    """Take a Price off sale at Stripe. Doing it again changes nothing, and so it does if gone."""
    with suppress(GatewayMissing), errors():
        client(retries=1).v1.prices.update(price_id, params={"active": False})


def is_active(kind: str, stripe_id: str) -> tuple[bool, datetime]:
    """
    Tell whether a Product or Price is on sale at Stripe, and as of when by Stripe's clock.

    :param kind: `products` or `prices`
    :raises GatewayMissing: if Stripe has no such thing, or not any more
    :raises GatewayUnavailable: if Stripe did not answer
    """
    answer = get(f"/v1/{kind}/{stripe_id}")
    if answer.data.get("deleted"):
        raise GatewayMissing(f"{stripe_id} was deleted at Stripe.", code="resource_missing")
    return bool(answer.data["active"]), answer.at
