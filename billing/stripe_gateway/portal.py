"""Stripe's customer portal: cards, address and invoices of one customer."""

from billing.stripe_gateway.calling import client, errors


def create_portal_session(*, customer_id: str, return_url: str, locale: str) -> str:
    """
    Open the portal for a customer, and return its address; it is good for a few minutes.

    https://docs.stripe.com/api/customer_portal/sessions/create

    :raises GatewayRefused: if there is no such customer, or nobody has saved the portal's settings
        in the Dashboard yet
    :raises GatewayUnavailable: if Stripe did not answer
    """
    with errors():
        session = client().v1.billing_portal.sessions.create(
            params={
                "customer": customer_id,
                "return_url": return_url,
                "locale": locale,
            }
        )
    return session.url
