"""Who buys, as Stripe knows them: https://docs.stripe.com/api/customers."""

from contextlib import suppress
from typing import Any

from billing.stripe_gateway.calling import client, errors, key_for, once
from billing.stripe_gateway.problems import GatewayMissing


def create_customer(*, user_id: str, email: str, key: str) -> str:
    """
    Make a Customer and return its id; the same one for the same key and address.

    :param email: empty for a customer whom Stripe's page asks for the address
    :raises GatewayError: if Stripe did not
    """
    params: dict[str, Any] = {"metadata": {"user_id": user_id}}
    if email:
        params["email"] = email
    with errors():
        customer = once(
            lambda: client().v1.customers.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": key_for(key, params)},
            )
        )
    return customer.id


def update_customer(*, customer_id: str, email: str) -> None:
    """
    Give a Customer another address. Doing it again changes nothing.

    :raises GatewayMissing: if Stripe has no such customer
    :raises GatewayError: if Stripe did not take the address
    """
    with errors():
        client().v1.customers.update(customer_id, params={"email": email})


def delete_customer(customer_id: str) -> None:
    """
    Delete a Customer. Doing it again changes nothing.

    :raises GatewayError: if Stripe did not
    """
    with suppress(GatewayMissing), errors():
        client(retries=1).v1.customers.delete(customer_id)
