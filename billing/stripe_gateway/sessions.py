"""Stripe's payment page, opened for one purchase."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.stripe_gateway.calling import client, errors, key_for, once, pages
from billing.stripe_gateway.objects import CheckoutSession
from billing.stripe_gateway.problems import GatewayMissing
from billing.stripe_gateway.reading import understood
from billing.stripe_gateway.tax import TaxOptions


@dataclass(frozen=True, kw_only=True)
class InlinePrice:
    """A price for one session alone, in the currency's smallest unit; of a product at Stripe."""

    product_id: str
    currency: str
    unit_amount: int
    tax_behavior: str = "unspecified"


@dataclass(frozen=True, kw_only=True)
class NewCheckoutSession:
    """What a Checkout Session is made from, as of now."""

    purchase_uuid: str
    user_id: str
    # The id of a Price at Stripe, or one for this session.
    price: str | InlinePrice
    # What the metadata calls it.
    price_reference: str
    quantity: int
    customer_id: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    allow_promotion_codes: bool
    payment_method_types: tuple[str, ...]
    tax: TaxOptions


def create_checkout_session(new: NewCheckoutSession) -> CheckoutSession:
    """
    Open Stripe's payment page for one purchase.

    Its uuid and a digest of the parameters are the idempotency key: the same question is answered
    with the same session, and another one is another question. Before asking another, look for the
    session of the first with `find_checkout_session`.

    https://docs.stripe.com/api/checkout/sessions/create

    :raises GatewayRefused: if Stripe said no; nothing happened there
    :raises GatewayUnavailable: if no answer came; the same call again asks for the same session
    """
    metadata = {
        "purchase_id": new.purchase_uuid,
        "user_id": new.user_id,
        "price_id": new.price_reference,
        "quantity": str(new.quantity),
    }
    params: dict[str, Any] = {
        "mode": "payment",
        # Without `adjustable_quantity`, nobody changes it on the payment page:
        # https://docs.stripe.com/payments/checkout/adjustable-quantity.
        "line_items": [{**_price(new.price), "quantity": new.quantity}],
        "client_reference_id": new.purchase_uuid,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "customer": new.customer_id,
        "success_url": new.success_url,
        "cancel_url": new.cancel_url,
        "expires_at": int(new.expires_at.timestamp()),
        **new.tax.params(metadata=metadata),
    }
    if new.allow_promotion_codes:
        params["allow_promotion_codes"] = True
    if new.payment_method_types:
        params["payment_method_types"] = list(new.payment_method_types)
    with errors():
        session = once(
            lambda: client().v1.checkout.sessions.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": key_for(f"purchase:{new.purchase_uuid}", params)},
            )
        )
        return CheckoutSession.read(session.to_dict())


def _price(price: str | InlinePrice) -> dict[str, Any]:
    """https://docs.stripe.com/api/checkout/sessions/create, `line_items.price_data`."""
    if isinstance(price, str):
        return {"price": price}
    data: dict[str, Any] = {
        "currency": price.currency,
        "product": price.product_id,
        "unit_amount": price.unit_amount,
    }
    if price.tax_behavior != "unspecified":
        data["tax_behavior"] = price.tax_behavior
    return {"price_data": data}


def expire_checkout_session(session_id: str) -> CheckoutSession:
    """
    Close a payment page on which nobody has paid.

    https://docs.stripe.com/api/checkout/sessions/expire

    :raises GatewayRefused: if the session is not open any more; `GatewayMissing`, if there is none
    :raises GatewayUnavailable: if no answer came
    """
    with errors():
        session = client().v1.checkout.sessions.expire(session_id)
        return CheckoutSession.read(session.to_dict())


def find_checkout_session(
    *, purchase_uuid: str, customer_id: str, since: datetime
) -> CheckoutSession | None:
    """
    Look for a customer's session that names a purchase, where the answer to its creation was lost.

    :returns: None where Stripe has none of it, nor the customer
    :raises GatewayError: if Stripe did not answer
    """
    found = pages("/v1/checkout/sessions", since=since, customer=customer_id)
    try:
        for page in found:
            for session in understood(page.data["data"], CheckoutSession.read):
                if session.purchase_uuid == purchase_uuid:
                    return session
    except GatewayMissing:
        pass
    return None


def retrieve_checkout_session(session_id: str) -> CheckoutSession:
    """
    Read one session as it is now.

    :raises GatewayMissing: if Stripe has no such session
    :raises GatewayUnavailable: if Stripe did not answer, or not in a shape that is known
    """
    with errors():
        session = client().v1.checkout.sessions.retrieve(session_id)
        return CheckoutSession.read(session.to_dict())
