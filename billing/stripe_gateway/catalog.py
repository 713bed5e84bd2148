"""What is for sale, as Stripe shows it."""

from typing import Any

from billing.stripe_gateway.calling import client, errors


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
