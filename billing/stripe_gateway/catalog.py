"""What is for sale, as Stripe shows it, and who buys it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from billing.stripe_gateway.calling import client, errors, once
from billing.stripe_gateway.problems import GatewayMissing


def create_product(*, name: str, description: str, plan_id: int, idempotency_key: str) -> str:
    """Make a Product and return its id."""
    params: dict[str, Any] = {"name": name, "metadata": {"plan_id": str(plan_id)}}
    if description:
        params["description"] = description
    with errors():
        product = client(retries=1).v1.products.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": idempotency_key},
        )
    return product.id


def update_product(*, product_id: str, name: str, description: str) -> None:
    """Give a Product the name and words that the payment page shows."""
    with errors():
        client(retries=1).v1.products.update(
            product_id, params={"name": name, "description": description}
        )


def create_price(
    *, product_id: str, currency: str, unit_amount: int, plan_price_id: int, idempotency_key: str
) -> str:
    """Make a one-time Price and return its id; `unit_amount` in the currency's smallest unit."""
    with errors():
        price = client(retries=1).v1.prices.create(
            params={
                "product": product_id,
                "currency": currency,
                "unit_amount": unit_amount,
                "metadata": {"plan_price_id": str(plan_price_id)},
            },
            options={"idempotency_key": idempotency_key},
        )
    return price.id


def archive_price(*, price_id: str) -> None:
    """Take a Price off sale at Stripe. Doing it again changes nothing."""
    with errors():
        client(retries=1).v1.prices.update(price_id, params={"active": False})


def create_customer(*, user_id: int, email: str, idempotency_key: str) -> Mapping[str, Any]:
    """Make a Customer and return it as Stripe shows it."""
    with errors():
        customer = once(
            lambda: client().v1.customers.create(
                params={"email": email, "metadata": {"user_id": str(user_id)}},
                options={"idempotency_key": idempotency_key},
            )
        )
    return customer.to_dict()


def delete_customer(customer_id: str) -> None:
    """Delete a Customer. Doing it again changes nothing."""
    with suppress(GatewayMissing), errors():
        client(retries=1).v1.customers.delete(customer_id)
