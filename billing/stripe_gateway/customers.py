"""Who buys, as Stripe knows them: https://docs.stripe.com/api/customers."""

from contextlib import suppress

from billing.stripe_gateway.calling import client, errors, once
from billing.stripe_gateway.problems import GatewayMissing


def create_customer(*, user_id: str, email: str, idempotency_key: str) -> str:
    """
    Make a Customer and return its id.

    :raises GatewayError: if Stripe did not
    """
    with errors():
        customer = once(
            lambda: client().v1.customers.create(
                params={"email": email, "metadata": {"user_id": user_id}},
                options={"idempotency_key": idempotency_key},
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
